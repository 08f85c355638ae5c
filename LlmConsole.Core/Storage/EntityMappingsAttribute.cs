using System.Reflection;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Storage;

/// <summary>
/// The mappings of a room's entities to tables, classes that implement <see cref="IEntityTypeConfiguration{TEntity}"/>. A room names them beside them: to find them by looking at
/// every type of the assembly would load them all at each start, and the libraries that they know.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class EntityMappingsAttribute(params Type[] mappings) : Attribute
{
    private static readonly MethodInfo ApplyOne = new Action<ModelBuilder, IEntityTypeConfiguration<object>>(Apply).Method.GetGenericMethodDefinition();

    public Type[] Mappings { get; } = mappings;

    /// <summary>Applies all that the assembly's rooms name, in the order of their names.</summary>
    public static void ApplyAll(ModelBuilder builder)
    {
        foreach (var mapping in typeof(EntityMappingsAttribute).Assembly.GetCustomAttributes<EntityMappingsAttribute>().SelectMany(room => room.Mappings).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            var instance = Activator.CreateInstance(mapping, nonPublic: true);
            foreach (var entity in EntitiesOf(mapping)) ApplyOne.MakeGenericMethod(entity).Invoke(null, [builder, instance]);
        }
    }

    private static IEnumerable<Type> EntitiesOf(Type mapping) =>
        mapping.GetInterfaces().Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEntityTypeConfiguration<>)).Select(type => type.GenericTypeArguments[0]);

    private static void Apply<TEntity>(ModelBuilder builder, IEntityTypeConfiguration<TEntity> mapping) where TEntity : class => builder.ApplyConfiguration(mapping);
}
