using LlmConsole.Components.Chat.Markdown;
using LlmConsole.Components.Chat.Turns;
using LlmConsole.Tests.Components.Chat.Markdown;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>The chat page in a browser: long threads, streams as they arrive, and answers that mean harm.</summary>
public sealed class ChatJourneyTests(FilledApp filled) : IClassFixture<FilledApp>
{
    /// <summary>An answer with all that changes its look while it arrives.</summary>
    private const string Growing = """
        Here is **what changes**, in a table:

        | Part | Before | After |
        |---|--:|--:|
        | Intake | 1,204 ms | **340 ms** |
        | Routing | 88 ms | 12 ms |
        | Books | 41 ms | 9 ms |

        1. First come the limits
           - of the *tenant*
           - of the key
             - and of its user
        2. Then the road

        ```csharp
        var admitted = await limiter.AdmitAsync(call);
        if (!admitted.IsGranted) throw admitted.Refusal;
        ```

        That is **all** there is to it.
        """;

    /// <summary>Sums what moved by itself, and keeps what a screen reader would say.</summary>
    private const string Listen = """
        window.shifted = 0;
        window.said = [];
        window.violations = [];
        document.addEventListener('securitypolicyviolation', event => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
        new PerformanceObserver(list => list.getEntries().forEach(entry => { if (!entry.hadRecentInput) window.shifted += entry.value; })).observe({ type: 'layout-shift', buffered: true });
        new MutationObserver(changes => changes.forEach(change => {
            const element = change.target.nodeType === Node.ELEMENT_NODE ? change.target : change.target.parentElement;
            const region = element?.closest('[aria-live], [role=status], [role=alert], [role=log]');
            if (region && region.getAttribute('aria-live') !== 'off' && region.checkVisibility() && region.textContent.trim()) window.said.push(region.textContent.trim());
        })).observe(document, { subtree: true, childList: true, characterData: true });
        """;

    private const string TopTurn = """
        () => {
            const view = document.querySelector('.thread').getBoundingClientRect();
            const turn = [...document.querySelectorAll('[data-turn]')].find(turn => turn.getBoundingClientRect().bottom > view.top);
            return `${turn.dataset.turn} at ${Math.round(turn.getBoundingClientRect().top)}`;
        }
        """;

    [Fact]
    public async Task History_OfTenThousandMessages_ScrollsAndHoldsStillWhileAnAnswerArrives()
    {
        await LongHistory.WriteAsync(filled.App);
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/chat/{LongHistory.Id}");
            await Expect(Turn(page, LongHistory.Messages - 1)).ToBeInViewportAsync();
            await Expect(page.Locator("[data-turn]")).ToHaveCountAsync(ThreadWindow.Size);

            await ScrollToAsync(page, 0);
            await Expect(Turn(page, 0)).ToBeInViewportAsync();
            await ScrollToAsync(page, 0.5);
            await Expect(page.Locator("[data-turn]").First).ToHaveAttributeAsync("data-turn", new System.Text.RegularExpressions.Regex("^[45]\\d{3}$"));
            await Expect(page.Locator("[data-turn]")).ToHaveCountAsync(ThreadWindow.Size);
            await StepUpwardsAsync(page);
            await Pictures.TakeAsync(page, "chat-long");

            await page.GetByRole(AriaRole.Button, Named("Jump to latest")).ClickAsync();
            await Expect(Turn(page, LongHistory.Messages - 1)).ToBeInViewportAsync();
            await ReadWhileItArrivesAsync(page);
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answer_OfEveryShape_ArrivesWithoutJumpsAndIsAnnouncedOnce()
    {
        var pieces = Growing.Chunk(9).Select(piece => new string(piece)).ToArray();
        var gates = Array.ConvertAll(pieces, _ => new TaskCompletionSource());
        filled.Provider.Next(Play.Stream([Sse.Role(), .. pieces.SelectMany((piece, i) => new StreamStep[] { Sse.Delta(piece), gates[i].Task }), Sse.Finish(), Sse.Usage(20, 90), Sse.Done]));
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.Page.AddInitScriptAsync(Listen);

        await browser.WalkAsync(async page =>
        {
            await AskAsync(page, "/chat", "What changes?");
            await page.EvaluateAsync("() => window.said = []");
            await Expect(page.Locator(".answer")).ToContainTextAsync("Here");
            foreach (var gate in gates)
            {
                gate.SetResult();
                await FramesAsync(page);
            }

            await Expect(page.Locator(".answer-footer")).ToContainTextAsync("20 in, 90 out");
            await Pictures.TakeAsync(page, "chat-streamed");
            var shown = await page.Locator(".answer .md").InnerTextAsync();
            foreach (var mark in (string[])["**", "```", "|", "- ", "1."]) shown.ShouldNotContain(mark);
            await Expect(page.Locator(".answer .md-code")).ToHaveCountAsync(await page.Locator(".answer .md-copy").CountAsync());
            await Expect(page.Locator(".answer :is(table, ol ul ul, pre)")).ToHaveCountAsync(3);
            (await page.EvaluateAsync<double>("() => window.shifted")).ShouldBeLessThanOrEqualTo(0.1);
            (await page.EvaluateAsync<string[]>("() => window.said")).Distinct().ShouldBe(["Answer complete"]);
            var log = await page.GetByRole(AriaRole.Log, new PageGetByRoleOptions { Name = "Messages" }).AriaSnapshotAsync();
            log.ShouldContain("You:");
            log.ShouldContain("Here is");
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task History_ByTheMenuOfAConversation_IsExportedDeletedAndRestored()
    {
        Accessibility.Require();
        await using var browser = await filled.SignInAsync("dark", 375);

        await browser.WalkAsync(async page =>
        {
            await AskAsync(page, "/chat/conv_1", "Shorter");
            await Expect(page.Locator(".answer-footer")).ToBeVisibleAsync();
            await page.Locator(".question-actions .turn-renew").Last.ClickAsync();
            var edited = page.GetByLabel("Your message");
            await Expect(edited).ToBeFocusedAsync();
            await edited.FillAsync("Much shorter");
            await Pictures.TakeAsync(page, "chat-edit");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator(".versions")).ToHaveTextAsync("2/2");
            await Expect(page.Locator(".answer-footer")).ToBeVisibleAsync();
            await Pictures.TakeAsync(page, "chat-versions");

            await page.GetByRole(AriaRole.Button, Named("Show conversations")).ClickAsync();
            await page.GetByLabel("Actions for Draft an answer to a late delivery").ClickAsync();
            await Pictures.TakeAsync(page, "chat-history");
            (await Accessibility.FindingsAsync(page, "the list of conversations")).ShouldBeEmpty();
            var export = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, Named("Export as Markdown")).ClickAsync());
            export.SuggestedFilename.ShouldBe("draft-an-answer-to-a-late-delivery.md");
            var text = await File.ReadAllTextAsync(await export.PathAsync(), TestContext.Current.CancellationToken);
            text.ShouldContain("# Draft an answer to a late delivery");
            text.ShouldContain("Much shorter");
            text.ShouldNotContain("\nShorter");
            var whole = await (await page.Context.APIRequest.GetAsync("/chat/conv_1/export/json")).JsonAsync();
            whole!.Value.GetProperty("messages").EnumerateArray().Select(message => (message.GetProperty("text").GetString(), message.GetProperty("shown").GetBoolean()))
                .ShouldBe([("Draft an answer to a late delivery", true), ("The pages on shipping and refunds hold the rules in full.", true), ("Shorter", false), ("Hello.", false), ("Much shorter", true), ("Hello.", true)]);
            whole.Value.GetProperty("messages")[4].GetProperty("parent_id").GetString().ShouldBe("msg_1_a");
            (await page.Context.APIRequest.GetAsync("/chat/conv_unknown/export/json")).Status.ShouldBe(404);

            await page.GetByLabel("Actions for Draft an answer to a late delivery").ClickAsync();
            await page.GetByRole(AriaRole.Button, Named("Delete")).ClickAsync();
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/chat$"));
            await Pictures.TakeAsync(page, "chat-undo");
            await page.GetByRole(AriaRole.Button, Named("Undo")).ClickAsync();
            await Expect(page.Locator(".list-title").First).ToHaveTextAsync("Draft an answer to a late delivery");
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answer_ThatMeansHarm_DoesNothing()
    {
        var letters = System.Globalization.StringInfo.GetTextElementEnumerator(HostileCorpus.Text);
        var steps = new List<StreamStep> { Sse.Role() };
        while (letters.MoveNext()) steps.Add(Sse.Delta(letters.GetTextElement()));
        filled.Provider.Next(Play.Stream([.. steps, Sse.Finish(), Sse.Usage(9, 900), Sse.Done]));
        await using var browser = await filled.SignInAsync("dark", 1440);
        var harm = new List<string>();
        browser.Page.Dialog += (_, dialog) =>
        {
            harm.Add($"dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        browser.Page.Context.Request += (_, request) =>
        {
            if (new Uri(request.Url).Authority != filled.App.BaseAddress.Authority) harm.Add($"request: {request.Url}");
        };
        await browser.Page.AddInitScriptAsync(Listen);

        await browser.WalkAsync(async page =>
        {
            await AskAsync(page, "/chat", "Harm me");
            await Expect(page.Locator(".answer-footer")).ToContainTextAsync("9 in, 900 out");
            await Expect(page.Locator(".answer .md-image").First).ToHaveTextAsync("Image from evil.example: i");
            var address = page.Url;

            // What the page showed in passing depends on its pace, so every cut is shown once more, each for a moment.
            foreach (var cuts in HostileCorpus.Cuts.Select(SafeMarkdown.ToHtml).Distinct().Chunk(400))
            {
                await page.EvaluateAsync("async cuts => { const place = document.querySelector('.answer .md'); for (const html of cuts) { place.innerHTML = html; place.getBoundingClientRect(); await null; } }", cuts);
            }

            await FramesAsync(page);
            (await page.EvaluateAsync<string[]>("() => window.violations")).ShouldBeEmpty();
            page.Url.ShouldBe(address);
        });

        harm.ShouldBeEmpty();
        browser.Complaints.ShouldBeEmpty();
    }

    /// <summary>Up over the edge of what is on the page: what is read moves by what the wheel moved it, however much arrives above.</summary>
    private static async Task StepUpwardsAsync(IPage page)
    {
        await page.Locator(".thread").HoverAsync();
        var before = await FirstAsync(page);
        for (var step = 0; step < 60 && await FirstAsync(page) == before; step++)
        {
            await page.Mouse.WheelAsync(0, -600);
            await FramesAsync(page);
        }

        (await FirstAsync(page)).ShouldBeLessThan(before);
        var at = await page.EvaluateAsync<string>(TopTurn);
        await FramesAsync(page);
        (await page.EvaluateAsync<string>(TopTurn)).ShouldBe(at);
    }

    private async Task ReadWhileItArrivesAsync(IPage page)
    {
        var rest = Enumerable.Range(0, 12).Select(_ => new TaskCompletionSource()).ToArray();
        filled.Provider.Next(Play.Stream([Sse.Role(), .. rest.SelectMany((gate, i) => new StreamStep[] { Sse.Delta($"Part {i}.\n\n"), gate.Task }), Sse.Finish(), Sse.Done]));
        await SendAsync(page, "And one more");
        var second = await page.Context.NewPageAsync();
        await second.OpenAsync($"/chat/{LongHistory.Id}");
        foreach (var tab in new[] { page, second }) await Expect(tab.Locator(".answer[aria-busy=true]")).ToContainTextAsync("Part 0.");
        await Expect(page.GetByRole(AriaRole.Button, Named("Jump to latest"))).ToBeHiddenAsync();

        await page.Locator(".thread").HoverAsync();
        await page.Mouse.WheelAsync(0, -900);
        var jump = page.GetByRole(AriaRole.Button, Named("Jump to latest"));
        await Expect(jump).ToBeVisibleAsync();
        var at = await page.EvaluateAsync<string>(TopTurn);
        foreach (var gate in rest[..^1]) gate.SetResult();
        foreach (var tab in new[] { page, second }) await Expect(tab.Locator(".answer[aria-busy=true]")).ToContainTextAsync("Part 11.");
        await Expect(second.Locator(".answer[aria-busy=true] .md-block").Last).ToBeInViewportAsync();
        (await page.EvaluateAsync<string>(TopTurn)).ShouldBe(at);

        await jump.ClickAsync();
        await Expect(page.Locator(".answer[aria-busy=true] .md-block").Last).ToBeInViewportAsync();
        rest[^1].SetResult();
        foreach (var tab in new[] { page, second }) await Expect(tab.Locator("[data-announced]")).ToHaveTextAsync("Answer complete");
        await second.CloseAsync();
    }

    private static async Task AskAsync(IPage page, string path, string question)
    {
        await page.OpenAsync(path);
        await page.GetByLabel("Model").SelectOptionAsync(SampleBooks.FastModel);
        await SendAsync(page, question);
    }

    private static async Task SendAsync(IPage page, string question)
    {
        var message = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
        await message.FillAsync(question);
        await message.PressAsync("Enter");
    }

    private static ILocator Turn(IPage page, int place) => page.Locator($"[data-turn='{place}']");

    private static async Task<int> FirstAsync(IPage page) => int.Parse((await page.Locator("[data-turn]").First.GetAttributeAsync("data-turn"))!, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task ScrollToAsync(IPage page, double share) =>
        await page.EvaluateAsync("share => { const thread = document.querySelector('.thread'); thread.scrollTop = share * thread.scrollHeight; }", share);

    /// <summary>The browser paints twice.</summary>
    private static async Task FramesAsync(IPage page) => await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");

    private static PageGetByRoleOptions Named(string name) => new() { Name = name, Exact = true };
}
