import TensorFiles
import Testing

@Suite struct JSONKeysTests {
  @Test(arguments: [
    ("{\"a\":1,\"a\":2}", "a"),
    ("{\"a\":{\"b\":1,\"c\":{},\"b\":2}}", "a.b"),
    ("{\"a\":1,\"\\u0061\":2}", "a"),
    ("{\"\\\"\":1,\"x\":{\"\\\"\":2},\"\\\"\":3}", "\""),
    ("[{\"a\":1},{\"a\":[{\"b\":0,\"b\":0}]}]", "a.b"),
    (" { \"a\" : \"a\" , \"b\" : \"}\" , \"a\" : 3 } ", "a"),
  ])
  func aKeyTwice(text: String, key: String) {
    #expect(JSONKeys.firstDuplicate(in: text.utf8) == key)
  }

  @Test(arguments: [
    "{}", "[]", "", "3", "{\"a\":\"a\",\"b\":[\"a\",\"a\"]}", "{\"a\":{\"a\":{\"a\":1}}}",
    "[{\"a\":1},{\"a\":1}]", "{\"a\":\"{\\\"a\\\":1,\\\"a\\\":2}\"}", "{\"a\":1,\"b", "}}{{",
    "{\"\\",
  ])
  func noKeyTwice(text: String) { #expect(JSONKeys.firstDuplicate(in: text.utf8) == nil) }
}
