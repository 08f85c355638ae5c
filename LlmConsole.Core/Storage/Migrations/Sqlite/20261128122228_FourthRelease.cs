using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmConsole.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class FourthRelease : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "configuration_edits",
                columns: table => new
                {
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    objects = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_configuration_edits", x => x.revision);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "configuration_edits");
        }
    }
}
