namespace LlmConsole.Core.Configuration;

/// <summary>What happens to a key after its birth: it is replaced with an overlap, or revoked at once.</summary>
public static class KeyRotation
{
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    /// <summary>
    /// Issues a successor with the same settings, expiry included; the old key works for <paramref name="overlap"/> longer, or until its own
    /// expiry if that comes first. Both count against the same limits and budgets.
    /// </summary>
    /// <exception cref="ConfigurationInvalidException">The key is not active any more, or the overlap is negative or over 30 days.</exception>
    public static async Task<IssuedKey> RotateKeyAsync(this ConfigurationEditor editor, Actor actor, ApiKey key, TimeSpan overlap, TimeProvider time, CancellationToken cancellation)
    {
        if (overlap < TimeSpan.Zero || overlap > LongestOverlap)
            throw new ConfigurationInvalidException([new("overlapSeconds", "Must be between 0 and 2,592,000 seconds (30 days).")]);

        var fresh = KeyFormat.Generate(key.Kind);
        IssuedKey? issued = null;
        await editor.SaveAsync(actor, snapshot =>
        {
            var old = snapshot.Keys.GetValueOrDefault(key.Id) ?? key;
            var now = time.GetUtcNow();
            if (old.StatusAt(now) != KeyStatus.Active) throw new ConfigurationInvalidException([new("", "This key doesn't work any more, so it can't be rotated. Create a new key instead.")]);
            issued = Successor(old, fresh, time);
            var end = now + overlap;
            return [Change.Put(issued.Key), Change.Put(old with { ExpiresAt = old.ExpiresAt < end ? old.ExpiresAt : end })];
        }, cancellation);
        return issued!;
    }

    /// <summary>Ends a key now. Its row and history stay; revoking it again changes nothing.</summary>
    public static async Task<ApiKey> RevokeKeyAsync(this ConfigurationEditor editor, Actor actor, ApiKey key, TimeProvider time, CancellationToken cancellation)
    {
        var after = await editor.SaveAsync(actor, snapshot =>
            snapshot.Keys.GetValueOrDefault(key.Id) is { RevokedAt: null } current ? [Change.Put(current with { RevokedAt = time.GetUtcNow() })] : [], cancellation);
        return after.Keys.GetValueOrDefault(key.Id) ?? key;
    }

    private static IssuedKey Successor(ApiKey old, string text, TimeProvider time)
    {
        var issued = IssuedKey.Create(old.Kind, old.Name, old.TenantId, time, text);
        return issued with { Key = old with { Id = old.Succeeded(issued.Key.Id), Hash = issued.Key.Hash, LastFour = issued.Key.LastFour, CreatedAt = issued.Key.CreatedAt } };
    }
}
