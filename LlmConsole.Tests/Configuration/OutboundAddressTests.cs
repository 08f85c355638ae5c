using System.Net;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Configuration;

public sealed class OutboundAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.0.0.1/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://LOCALHOST./")]
    [InlineData("http://a.localhost/")]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://172.31.255.255/")]
    [InlineData("http://192.168.0.1/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[::127.0.0.1]/")]
    [InlineData("http://[64:ff9b::10.0.0.1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[2001:0:1:2:3:4:80ff:fffe]/")]
    [InlineData("http://[fd12:3456::1]/")]
    public void WhyNot_LoopbackOrPrivate_IsAllowedOnlyByTheSetting(string url)
    {
        OutboundAddress.WhyNot(new Uri(url), allowPrivate: false).ShouldNotBeNull().ShouldContain("Outbound__AllowPrivate");
        OutboundAddress.WhyNot(new Uri(url), allowPrivate: true).ShouldBeNull();
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://2852039166/")]
    [InlineData("http://0xa9fea9fe/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://[fe80::5efe:a9fe:a9fe]/")]
    [InlineData("http://[fe80::5efe:808:808]/")]
    [InlineData("http://[::ffff:0:808:808]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://[3fff::1]/")]
    [InlineData("http://[5f00::1]/")]
    [InlineData("http://100.100.100.200/")]
    [InlineData("http://168.63.129.16/")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/")]
    [InlineData("http://Metadata.Google.Internal./")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://[::]/")]
    [InlineData("http://224.0.0.1/")]
    [InlineData("http://255.255.255.255/")]
    [InlineData("http://[ff02::1]/")]
    public void WhyNot_LinkLocalMetadataOrReserved_IsNeverAllowed(string url) => OutboundAddress.WhyNot(new Uri(url), allowPrivate: true).ShouldNotBeNull();

    [Theory]
    [InlineData("https://example.com/hooks?x=1")]
    [InlineData("http://93.184.215.14:8080/")]
    [InlineData("https://[2606:4700:4700::1111]/")]
    [InlineData("http://[::ffff:93.184.215.14]/")]
    [InlineData("http://172.32.0.1/")]
    [InlineData("http://100.128.0.1/")]
    public void WhyNot_PublicAddress_IsNone(string url) => OutboundAddress.WhyNot(new Uri(url), allowPrivate: false).ShouldBeNull();

    [Theory]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:word@example.com/")]
    [InlineData("https://example.com/#part")]
    public void WhyNot_NoPlainHttpUrl_IsRefused(string url) => OutboundAddress.WhyNot(new Uri(url), allowPrivate: true).ShouldNotBeNull();

    [Fact]
    public void WhyNot_AddressWithAScope_IsJudgedByTheAddress() =>
        OutboundAddress.WhyNot(new IPAddress(IPAddress.Parse("fd12::1").GetAddressBytes(), 3), allowPrivate: false).ShouldNotBeNull();
}
