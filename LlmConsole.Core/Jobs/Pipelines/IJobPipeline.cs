using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.SemanticKernel;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>
/// Work of several steps with models, under a name that jobs ask for. Each chat completion that its kernels make is a step: an item of the job, admitted and metered like any
/// call, and kept. After a crash the work is begun anew and the steps that were answered are given again, so it must ask the same for the same work.
/// </summary>
public interface IJobPipeline
{
    /// <summary>What a job names as its <c>pipeline</c>.</summary>
    string Name { get; }

    /// <summary>What it makes of what, in a sentence.</summary>
    string About { get; }

    /// <summary>An <c>input</c> to begin with, as JSON.</summary>
    string Example { get; }

    /// <summary>Checks the <c>input</c> of a job and takes it apart into pieces of work, each of which has a result of its own.</summary>
    /// <exception cref="RefusalException">It can't be run as it is; the refusal names the field, such as <c>input.model</c>.</exception>
    IEnumerable<JobLine> Read(JsonElement input, Caller caller);

    /// <summary>Does a piece of work.</summary>
    /// <param name="work">What <see cref="Read"/> made of it.</param>
    /// <param name="kernelOf">The kernel that talks to a model, by its public name.</param>
    /// <returns>The result.</returns>
    /// <exception cref="RefusalException">There is none; other work goes on.</exception>
    Task<JsonNode?> RunAsync(JsonElement work, Func<string, Kernel> kernelOf, CancellationToken cancellation);
}
