using System.Security.Cryptography;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace LlmConsole.Hosting;

internal static class Secrets
{
    /// <summary>Data Protection with its key ring in the data directory, or in PostgreSQL, where all instances share it.</summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services, StorageOptions storage)
    {
        var directory = new DirectoryInfo(Path.Combine(storage.DataDirectory, "keys"));
        var protection = services.AddDataProtection().SetApplicationName("LlmConsole");
        if (storage.IsPostgres)
        {
            services.AddSingleton<SharedKeyRing>().AddSingleton<KeyRingCheck>();
            services.AddOptions<KeyManagementOptions>().Configure<SharedKeyRing>((options, ring) => options.XmlRepository = ring);
        }
        else
        {
            protection.PersistKeysToFileSystem(directory);
        }

        return services.AddSingleton<ISecretProtector, SecretProtector>();
    }

    private sealed class SecretProtector(IDataProtectionProvider provider) : ISecretProtector
    {
        public string Protect(string purpose, string secret) => provider.CreateProtector(purpose).Protect(secret);

        public string Unprotect(string purpose, string protectedSecret)
        {
            try
            {
                return provider.CreateProtector(purpose).Unprotect(protectedSecret);
            }
            catch (CryptographicException e)
            {
                throw new SecretUnreadableException("A stored secret can't be decrypted with this key ring. Restore the keys directory, or enter the secret again.", e);
            }
        }
    }
}
