namespace LlmConsole.Components.Console.Webhooks;

/// <summary>Code that a receiver can paste.</summary>
internal static class VerifyCode
{
    public static readonly IReadOnlyList<string> Languages = ["Python", "Node", "C#"];

    private const string Python = """
        import base64, hashlib, hmac, time

        def verify(secret: str, headers, body: bytes) -> bool:
            key = base64.b64decode(secret.removeprefix("whsec_"))
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
            return fresh and any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split())
        """;

    private const string Node = """
        const { createHmac, timingSafeEqual } = require("node:crypto");

        // body: the raw bytes, as a Buffer
        function verify(secret, headers, body) {
          const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
          const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), body]);
          const expected = Buffer.from("v1," + createHmac("sha256", key).update(signed).digest("base64"));
          const fresh = Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"])) < 300;
          return fresh && headers["webhook-signature"].split(" ").map((s) => Buffer.from(s))
            .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
        }
        """;

    private const string CSharp = """
        static bool Verify(string secret, IHeaderDictionary headers, byte[] body)
        {
            var key = Convert.FromBase64String(secret["whsec_".Length..]);
            var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
            var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
            var fresh = (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp))).Duration() < TimeSpan.FromMinutes(5);
            return fresh && headers["webhook-signature"].ToString().Split(' ')
                .Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), expected));
        }
        """;

    public static string Of(string language) => language switch { "Python" => Python, "Node" => Node, _ => CSharp };
}
