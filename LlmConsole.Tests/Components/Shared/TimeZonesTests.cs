using LlmConsole.Components.Shared;

namespace LlmConsole.Tests.Components.Shared;

public sealed class TimeZonesTests
{
    [Theory]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    [InlineData("Asia/Calcutta", "Asia/Kolkata")]
    [InlineData("America/Buenos_Aires", "America/Argentina/Buenos_Aires")]
    [InlineData("Asia/Saigon", "Asia/Ho_Chi_Minh")]
    [InlineData("Asia/Nowhere", null)]
    [InlineData("../../etc/passwd", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Find_NameOfABrowser_IsThePlaceAsItIsCalledNow(string? name, string? id) => (TimeZones.Find(name)?.Id).ShouldBe(id);
}
