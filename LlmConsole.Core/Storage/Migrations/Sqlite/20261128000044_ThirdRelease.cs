using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmConsole.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ThirdRelease : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "webhooks",
                table: "alerts",
                type: "TEXT",
                nullable: false,
                defaultValueSql: "'[]'");

            migrationBuilder.AddColumn<string>(
                name: "webhooks",
                table: "alert_rules",
                type: "TEXT",
                nullable: false,
                defaultValueSql: "'[]'");

            migrationBuilder.CreateIndex(
                name: "ix_alerts_resolved_at",
                table: "alerts",
                column: "resolved_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_alerts_resolved_at",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "webhooks",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "webhooks",
                table: "alert_rules");
        }
    }
}
