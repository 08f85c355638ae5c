namespace LlmConsole.Components.Shared;

/// <summary>Short messages about what was just done, one list for each reader's circuit. <c>ToastArea</c> shows them.</summary>
public sealed class Toasts
{
    private readonly List<Toast> _shown = [];

    /// <summary>Raised on the circuit that said or closed a message.</summary>
    public event Action? Changed;

    public IReadOnlyList<Toast> Shown => _shown;

    /// <summary>Something was done.</summary>
    /// <param name="undo">Takes it back, when it can be.</param>
    public void Say(string text, Func<Task>? undo = null) => Add(new Toast(text, IsRefusal: false, undo));

    /// <summary>Something was not done; the text says why.</summary>
    public void Refuse(string text) => Add(new Toast(text, IsRefusal: true, Undo: null));

    public void Close(Toast toast)
    {
        if (_shown.Remove(toast)) Changed?.Invoke();
    }

    private void Add(Toast toast)
    {
        _shown.Add(toast);
        Changed?.Invoke();
    }
}

/// <summary>A short message. Each is itself, even if two say the same.</summary>
public sealed record Toast(string Text, bool IsRefusal, Func<Task>? Undo)
{
    public bool Equals(Toast? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
