using LlmConsole.Bench;

// One program plays all parts, each in a process of its own on a core of its own: the provider, the bare proxy, the load, and the one that runs them.
switch (args)
{
    case ["mock", var port]: await Mock.RunAsync(int.Parse(port)); break;
    case ["yarp", var port, var upstream]: await BareYarp.RunAsync(int.Parse(port), int.Parse(upstream)); break;
    case ["load", var port, var scenario, var seconds, .. var key]: Console.WriteLine(await Load.RunAsync(int.Parse(port), System.Text.Json.JsonSerializer.Deserialize<Scenario>(scenario)!, double.Parse(seconds), key.FirstOrDefault())); break;
    case ["consoles", var address, var process, var email, var password, var path, var count, var seconds, .. var key]: await Consoles.RunAsync(new Uri(address), int.Parse(process), email, password, path, int.Parse(count), double.Parse(seconds), key.FirstOrDefault()); break;
    case ["growth", .. var options]: return await Growth.RunAsync(options);
    case ["pages", .. var options]: return await Pages.RunAsync(options);
    default: return await Runner.RunAsync(args);
}

return 0;
