using System.Collections.Frozen;

namespace LlmConsole.Core.Caching.Guards;

/// <summary>What the guards know about words. Lower case; an apostrophe is always straight.</summary>
internal static class GuardWords
{
    /// <summary>Words that may come and go without a change of what is asked. Not among them: anything that counts, compares, negates, points, or says when or where.</summary>
    public static readonly FrozenSet<string> Fillers = Set(
        """
        a an the please kindly just simply really actually basically quickly briefly maybe perhaps hi hello hey thanks thank so ok okay well now then
        i me my mine am is are be been being do does doing have has having can could would may might will shall to it there also exactly
        want need like know wondering wonder curious help tell give show explain describe say question answer
        """);

    public static readonly FrozenSet<string> Prepositions = Set(
        "of in on at to from into onto by with within without for about as than over under above below before after since until till between among against per via through during versus toward towards across along around beyond near out off up down inside outside");

    public static readonly FrozenSet<string> Conjunctions = Set("and or versus nor");

    /// <summary>Words that mark a place where order is free: the two beside it can change places.</summary>
    public static readonly FrozenSet<string> Joining = Set("and or versus");

    public static readonly FrozenSet<string> Negators = Set("not no never without none nobody nothing neither nor nowhere hardly barely except excluding unless nicht kein keine keinen nie niemals ohne pas jamais sans nunca jamás sin non mai senza niet geen não sem nie nigdy bez inte aldrig utan ne nikdy");

    public static readonly FrozenSet<string> Months = Set("january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec");

    public static readonly FrozenSet<string> Days = Set(
        "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday tonight morning afternoon evening night noon midnight weekend weekday spring summer autumn fall winter christmas easter daily weekly monthly yearly quarterly annually hourly");

    public static readonly FrozenSet<string> Past = Set("was were did had been used");

    public static readonly FrozenSet<string> Future = Set("will shall gonna");

    public static readonly FrozenSet<string> Modals = Set("should ought must may might can could would need");

    /// <summary>Plurals that are words of their own.</summary>
    public static readonly FrozenSet<string> NoPlurals = Set("news glasses goods customs arms works savings means physics mathematics economics politics series species premises manners minutes spectacles greens colors hours does was has his its this less yes us bus gas plus always windows aws ios macos");

    public static readonly FrozenDictionary<string, string> Numbers = Map(
        "zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 thirteen 13 fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 hundred 100 thousand 1000 million 1000000 billion 1000000000 dozen 12 half 0.5 quarter 0.25 once 1x twice 2x thrice 3x double 2x triple 3x first #1 second #2 third #3 fourth #4 fifth #5 sixth #6 seventh #7 eighth #8 ninth #9 tenth #10 single 1 both 2");

    public static readonly FrozenDictionary<string, string> Units = Map(
        "km km kilometer km kilometre km mile mi mi mi meter m metre m m m cm cm centimeter cm centimetre cm mm mm millimeter mm inch in foot ft feet ft ft ft yard yd kg kg kilogram kg kilo kg gram g g g mg mg milligram mg pound lb lb lb lbs lb ounce oz oz oz ton t tonne t liter l litre l l l ml ml milliliter ml gallon gal cup cup tablespoon tbsp teaspoon tsp celsius c fahrenheit f kelvin k degree deg second s sec s minute min min min hour h hr h day day week week month month year year decade decade century century byte b kb kb mb mb gb gb tb tb kilobyte kb megabyte mb gigabyte gb terabyte tb bit bit watt w kilowatt kw kwh kwh volt v amp a hertz hz $ $ € € £ £ ¥ ¥ % % dollar $ usd $ euro € eur € pound £ gbp £ yen ¥ percent % percentage % mph mph kph kph psi psi bar bar calorie cal kcal cal joule j");

    /// <summary>The same word in another spelling, or so near that either can stand for the other anywhere.</summary>
    public static readonly FrozenDictionary<string, string> Spellings = Map(
        "colour color favourite favorite favour favor centre center organise organize organisation organization optimise optimize realise realize recognise recognize analyse analyze behaviour behavior licence license grey gray programme program cancelled canceled cancelling canceling travelling traveling modelling modeling catalogue catalog cheque check cosy cozy defence defense fibre fiber honour honor humour humor jewellery jewelry labour labor litre liter metre meter neighbour neighbor theatre theater tyre tire vs versus v. versus percent % e-mail email mail email photo picture image picture telephone phone cellphone phone mobile phone television tv purchase buy large big sign-in login log-in login signin login sign-up signup wi-fi wifi website site webpage page faq faq advert ad advertisement ad children child people person men man women woman feet foot teeth tooth mice mouse");

    /// <summary>Words of which one turns the meaning of the other around.</summary>
    public static readonly FrozenDictionary<string, FrozenSet<string>> Opposites = Pairs(
        "increase decrease raise lower enable disable start stop open close add remove buy sell import export upload download encrypt decrypt encode decode compress decompress push pull send receive accept reject accept decline allow deny allow block allow forbid connect disconnect install uninstall attach detach lock unlock mute unmute subscribe unsubscribe follow unfollow hide show turn-on turn-off login logout input output ascending descending ascend descend max min maximum minimum most least more less more fewer best worst better worse good bad high low higher lower highest lowest fast slow faster slower fastest slowest hot cold hotter colder hottest coldest big small bigger smaller biggest smallest long short longer shorter longest shortest old new older newer oldest newest old young older younger oldest youngest first last early late earlier later earliest latest before after above below over under inside outside in out up down left right north south east west northern southern eastern western advantage disadvantage pro con benefit drawback strength weakness strong weak stronger weaker rich poor cheap expensive cheaper dearer legal illegal public private internal external local remote online offline always never all none win lose gain lose profit loss asset liability debit credit deposit withdraw deposit withdrawal lend borrow employer employee parent child mother father brother sister husband wife son daughter king queen male female man woman boy girl day night sunrise sunset morning evening import exclude include exclude inclusive exclusive positive negative true false safe dangerous safe unsafe dry wet empty full heavy light thick thin wide narrow deep shallow hard easy hard soft difficult easy simple complex even odd prime composite convex concave vertical horizontal row column client server read write reader writer sync async synchronous asynchronous mutable immutable static dynamic serialize deserialize frontend backend horizontal vertical landlord tenant teacher student doctor patient alive dead arrive depart arrival departure arrive leave enter exit entrance exit succeed fail success failure pass fail love hate like dislike agree disagree active passive active inactive visible invisible possible impossible guilty innocent war peace black white winner loser supply demand cause effect upgrade downgrade grow shrink expand shrink expand collapse expand contract freeze melt freeze thaw boil freeze build destroy create delete create destroy create drop insert delete insert drop rise fall rise drop gain loss save spend earn spend question answer above beneath push pop enqueue dequeue prepend append grant revoke approve reject approve deny activate deactivate mount unmount bind unbind check uncheck select deselect zoom-in zoom-out merge split join split head tail plaintext ciphertext pre post prefix suffix with without");

    private static FrozenSet<string> Set(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static FrozenDictionary<string, string> Map(string pairs) =>
        pairs.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Chunk(2).DistinctBy(pair => pair[0]).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static FrozenDictionary<string, FrozenSet<string>> Pairs(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Chunk(2)
        .SelectMany(pair => new[] { (Word: pair[0], Opposite: pair[1]), (Word: pair[1], Opposite: pair[0]) })
        .GroupBy(pair => pair.Word, pair => pair.Opposite).ToFrozenDictionary(group => group.Key, group => group.ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);
}
