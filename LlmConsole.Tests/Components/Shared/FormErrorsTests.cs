using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Shared;

public sealed class FormErrorsTests
{
    private readonly FormErrors _errors = new();

    [Theory]
    [InlineData("models", "models")]
    [InlineData("models[2]", "models")]
    [InlineData("targets[0].model", "targets[0].model")]
    public void Of_Field_OwnsItsProblemsAndItsItems(string problem, string field)
    {
        _errors.Claim(field);
        _errors.Set([new Problem(problem, "Wrong.")]);

        _errors.Of(field).ShouldBe("Wrong.");
        _errors.Unclaimed.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("modelsAllowed", "models")]
    [InlineData("targets[0].model", "targets")]
    [InlineData("", "models")]
    public void Unclaimed_OtherField_IsNotLost(string problem, string field)
    {
        _errors.Claim(field);
        _errors.Set([new Problem(problem, "Wrong.")]);

        _errors.Of(field).ShouldBeNull();
        _errors.Unclaimed.ShouldBe(["Wrong."]);
    }
}
