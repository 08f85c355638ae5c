using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes the bill of materials of a published app, as CycloneDX 1.6: its packages with version, SHA-512 of the package file and licence, and which needs
/// which. What the app will load stands in its .deps.json, so that is what is read; a build task, so that publishing needs no tool from anywhere.
/// Such tasks are compiled against .NET Standard, whose one way to read and write JSON is as XML.
/// </summary>
public sealed class WriteSbom : Task
{
    [Required]
    public string DepsFile { get; set; }

    [Required]
    public string PackageRoot { get; set; }

    [Required]
    public string OutputFile { get; set; }

    public override bool Execute()
    {
        var deps = Read(DepsFile);
        var target = Named(deps.Element("targets"), deps.Element("runtimeTarget").Element("name").Value);
        var parts = target.Elements().OrderBy(NameOf, StringComparer.Ordinal).ToList();
        var known = new HashSet<string>(parts.Select(NameOf), StringComparer.Ordinal);
        var packages = new HashSet<string>(deps.Element("libraries").Elements().Where(library => library.Element("type").Value == "package").Select(NameOf), StringComparer.Ordinal);
        var app = NameOf(parts.Single(part => NameOf(part).StartsWith(Path.GetFileName(DepsFile).Replace(".deps.json", "/"), StringComparison.Ordinal)));
        Write(Map("root",
            Text("bomFormat", "CycloneDX"),
            Text("specVersion", "1.6"),
            new XElement("version", new XAttribute("type", "number"), 1),
            Map("metadata", Map("component", Component("application", app, false))),
            Array("components", known.Where(name => name != app).OrderBy(name => name, StringComparer.Ordinal).Select(name => Map("item", Component("library", name, packages.Contains(name))))),
            Array("dependencies", parts.Select(part => Dependencies(part, known)))));
        return true;
    }

    private IEnumerable<XElement> Component(string type, string name, bool isPackage)
    {
        var (id, version) = (name.Split('/')[0], name.Split('/')[1]);
        yield return Text("type", type);
        yield return Text("bom-ref", name);
        yield return Text("name", id);
        yield return Text("version", version);
        if (!isPackage) yield break;
        yield return Text("purl", $"pkg:nuget/{id}@{version}");
        (id, version) = (id.ToLowerInvariant(), version.ToLowerInvariant());
        var folder = Path.Combine(PackageRoot, id, version);
        var hash = Convert.FromBase64String(File.ReadAllText(Path.Combine(folder, $"{id}.{version}.nupkg.sha512")));
        yield return Array("hashes", [Map("item", Text("alg", "SHA-512"), Text("content", BitConverter.ToString(hash).Replace("-", "").ToLowerInvariant()))]);
        var license = XDocument.Load(Path.Combine(folder, id + ".nuspec")).Descendants().FirstOrDefault(element => element.Name.LocalName == "license" && (string)element.Attribute("type") == "expression");
        if (license is not null) yield return Array("licenses", [Map("item", Text("expression", license.Value))]);
    }

    /// <summary>What the shared framework brings is not among the parts.</summary>
    private static XElement Dependencies(XElement part, HashSet<string> known)
    {
        var needed = part.Element("dependencies")?.Elements().Select(need => $"{NameOf(need)}/{need.Value}").Where(known.Contains) ?? [];
        return Map("item", Text("ref", NameOf(part)), Array("dependsOn", needed.Select(name => Text("item", name))));
    }

    private static XElement Read(string file)
    {
        using var reader = JsonReaderWriterFactory.CreateJsonReader(File.ReadAllBytes(file), XmlDictionaryReaderQuotas.Max);
        return XElement.Load(reader);
    }

    private void Write(XElement bom)
    {
        using var file = File.Create(OutputFile);
        using var writer = JsonReaderWriterFactory.CreateJsonWriter(file, new UTF8Encoding(false), ownsStream: false, indent: true);
        bom.WriteTo(writer);
    }

    /// <summary>A name that XML doesn't take as one stands in an attribute.</summary>
    private static string NameOf(XElement element) => (string)element.Attribute("item") ?? element.Name.LocalName;

    private static XElement Named(XElement map, string name) => map.Elements().Single(element => NameOf(element) == name);

    private static XElement Text(string name, string value) => new(name, new XAttribute("type", "string"), value);

    private static XElement Map(string name, params IEnumerable<XElement> members) => new(name, new XAttribute("type", "object"), members);

    private static XElement Array(string name, IEnumerable<XElement> items) => new(name, new XAttribute("type", "array"), items);
}
