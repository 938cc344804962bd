// SPDX-License-Identifier: MIT
using System.Text.Json.Nodes;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class CanonicalJsonTests
{
    [Fact]
    public void Of_SortsKeysAndDropsWhiteSpace() => Assert.Equal(
        """{"a":[1,2.5,null],"b":{"c":"ä/","d":true}}""",
        CanonicalJson.Of(JsonNode.Parse("""{ "b": { "d": true, "c": "ä/" }, "a": [1, 2.5, null] }""")));

    [Fact]
    public void Digest_Differs_WhenAValueDiffers() => Assert.NotEqual(
        CanonicalJson.Digest(JsonNode.Parse("""{"a":16}""")),
        CanonicalJson.Digest(JsonNode.Parse("""{"a":32}""")));
}
