using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>The pipelines by name.</summary>
public sealed class PipelineRegistry(IEnumerable<IJobPipeline> pipelines)
{
    private readonly Dictionary<string, IJobPipeline> _byName = pipelines.ToDictionary(pipeline => pipeline.Name, StringComparer.Ordinal);

    public IEnumerable<IJobPipeline> All => _byName.Values;

    public IJobPipeline? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The pieces of work of a job.</summary>
    /// <exception cref="RefusalException">There is no such pipeline, or it can't work on this.</exception>
    public IEnumerable<JobLine> Read(string name, JsonElement input, Caller caller) =>
        Find(name)?.Read(input, caller) ?? throw JobDraft.Invalid("pipeline", $"There is no pipeline {name}. There are {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}.");
}

public static class PipelineRegistration
{
    /// <summary>Offers a pipeline to jobs.</summary>
    public static IServiceCollection AddPipeline<T>(this IServiceCollection services) where T : class, IJobPipeline => services.AddSingleton<IJobPipeline, T>();
}
