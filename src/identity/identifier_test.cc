#include "identity/identifier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "identity/email.h"

namespace pinrelay::identity {
namespace {

using enum IdentifierKind;
using enum Problem;

std::string hex(std::string_view text) {
  Sha256 sha256;
  return to_hex(sha256.hash(text));
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

const std::string kJane = "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d";
const std::string kUuid = "6d92078a-8246-4ba4-ae5b-76104861e7dc";
const std::string kUuidHash = "31b806b4deec8c4cb1ffb18b9ab4ee1fa82a2b30e1f47902f04d03f5db023376";
const std::string kLocal64(64, 'a');
const std::string kLabel63(63, 'b');
const std::string kAddress254 = kLocal64 + "@" + repeated(std::string(45, 'b') + ".", 4) + "examp";

// `same_as`: the text whose SHA-256 must come out.
struct Case {
  std::string reason;
  std::string raw;
  Problem problem;
  std::string same_as;
};

void expect_all(IdentifierKind kind, const std::vector<Case>& cases) {
  IdentifierHasher hasher;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason + ": [" + c.raw + "]");
    const Extracted got = hasher.extract(kind, c.raw);
    EXPECT_EQ(to_text(got.problem), to_text(c.problem));
    if (c.problem == kNone) {
      EXPECT_EQ(to_hex(got.hash), hex(c.same_as));
    }
  }
}

TEST(Identifier, email_addresses_become_one_spelling) {
  expect_all(kEmail,
             {
                 {"plain", "jane.doe@example.org", kNone, "jane.doe@example.org"},
                 {"capitals", "Jane.DOE@Example.ORG", kNone, "jane.doe@example.org"},
                 {"spaces around", "  jane@example.org \t", kNone, "jane@example.org"},
                 {"line ends around", "\r\njane@example.org\r\n", kNone, "jane@example.org"},
                 {"vertical tab and form feed", "\vjane@example.org\f", kNone, "jane@example.org"},
                 {"no-break space", "\u00a0jane@example.org\u00a0", kNone, "jane@example.org"},
                 {"zero-width space", "\u200bjane@example.org\u200b", kNone, "jane@example.org"},
                 {"ideographic space", "\u3000jane@example.org\u3000", kNone, "jane@example.org"},
                 {"byte order mark", "\ufeffjane@example.org", kNone, "jane@example.org"},
                 {"direction marks", "\u202ajane@example.org\u202c", kNone, "jane@example.org"},
                 {"next line", "jane@example.org\u0085", kNone, "jane@example.org"},
                 {"narrow and thin spaces", "\u202f\u2009jane@example.org\u205f", kNone, "jane@example.org"},
                 {"Ogham space and soft hyphen", "\u1680jane@example.org\u00ad", kNone, "jane@example.org"},
                 {"line separators", "\u2028jane@example.org\u2029", kNone, "jane@example.org"},
                 {"mixed blanks", " \u00a0\t\u3000jane@example.org\ufeff \n", kNone, "jane@example.org"},
                 {"a tag stays", "jane+news@example.org", kNone, "jane+news@example.org"},
                 {"dots stay", "j.a.n.e@gmail.com", kNone, "j.a.n.e@gmail.com"},
                 {"apostrophe", "o'neil@example.org", kNone, "o'neil@example.org"},
                 {"every special of RFC 5321", "!#$%&'*+-/=?^_`{|}~@example.org", kNone,
                  "!#$%&'*+-/=?^_`{|}~@example.org"},
                 {"double dot, which Japanese carriers gave out", "a..b@docomo.example.jp", kNone,
                  "a..b@docomo.example.jp"},
                 {"dot at the end of the local part", "a.@example.org", kNone, "a.@example.org"},
                 {"one-letter parts", "a@b.co", kNone, "a@b.co"},
                 {"digits", "123@456.example", kNone, "123@456.example"},
                 {"hyphens in the domain", "a@my-shop.co.uk", kNone, "a@my-shop.co.uk"},
                 {"many labels", "a@b.c.d.e.example.org", kNone, "a@b.c.d.e.example.org"},
                 {"A-label", "a@XN--bcher-kva.example", kNone, "a@xn--bcher-kva.example"},
                 {"64 bytes of local part", kLocal64 + "@example.org", kNone, kLocal64 + "@example.org"},
                 {"254 bytes", kAddress254, kNone, kAddress254},
                 {"a label of 63", "a@" + kLabel63 + ".org", kNone, "a@" + kLabel63 + ".org"},
                 {"a 64-byte address is not taken for a hash", std::string(52, 'a') + "@example.org", kNone,
                  std::string(52, 'a') + "@example.org"},
             });
}

TEST(Identifier, international_addresses_become_one_spelling) {
  expect_all(kEmail,
             {
                 {"U-label", "jane@bücher.example", kNone, "jane@xn--bcher-kva.example"},
                 {"U-label in capitals", "Jane@BÜCHER.Example", kNone, "jane@xn--bcher-kva.example"},
                 {"decomposed U-label", "jane@bu\u0308cher.example", kNone, "jane@xn--bcher-kva.example"},
                 {"sharp s stays itself", "jane@straße.example", kNone, "jane@xn--strae-oqa.example"},
                 {"ideographic full stop", "jane@例え。テスト", kNone, "jane@xn--r8jz45g.xn--zckzah"},
                 {"Cyrillic", "ИВАН@example.org", kNone, "иван@example.org"},
                 {"umlaut in the local part", "JÜRGEN@example.org", kNone, "jürgen@example.org"},
                 {"decomposed local part", "ju\u0308rgen@example.org", kNone, "jürgen@example.org"},
                 {"Greek, where a last sigma differs", "ΝΙΚΟΣ@example.org", kNone, "νικος@example.org"},
                 {"both parts", "用户@例え.テスト", kNone, "用户@xn--r8jz45g.xn--zckzah"},
             });
  IdentifierHasher hasher;
  EXPECT_EQ(hasher.extract(kEmail, "a@bücher.example").hash,
            hasher.extract(kEmail, "a@xn--bcher-kva.example").hash);
}

TEST(Identifier, what_is_no_address_is_refused) {
  expect_all(kEmail,
             {
                 {"no @", "jane.example.org", kInvalidEmail, ""},
                 {"two @", "jane@doe@example.org", kInvalidEmail, ""},
                 {"only @", "@", kInvalidEmail, ""},
                 {"no local part", "@example.org", kInvalidEmail, ""},
                 {"no domain", "jane@", kInvalidEmail, ""},
                 {"no dot in the domain", "jane@localhost", kInvalidEmail, ""},
                 {"dot first in the domain", "jane@.example.org", kInvalidEmail, ""},
                 {"dot last in the domain", "jane@example.org.", kInvalidEmail, ""},
                 {"two dots in the domain", "jane@example..org", kInvalidEmail, ""},
                 {"hyphen first in a label", "jane@-example.org", kInvalidEmail, ""},
                 {"hyphen last in a label", "jane@example-.org", kInvalidEmail, ""},
                 {"underscore in the domain", "jane@my_shop.org", kInvalidEmail, ""},
                 {"IP address", "jane@192.0.2.1", kInvalidEmail, ""},
                 {"address literal", "jane@[192.0.2.1]", kInvalidEmail, ""},
                 {"number as last label", "jane@example.123", kInvalidEmail, ""},
                 {"space inside", "jane doe@example.org", kInvalidEmail, ""},
                 {"space before the @", "jane @example.org", kInvalidEmail, ""},
                 {"tab inside", "jane\t@example.org", kInvalidEmail, ""},
                 {"line end inside", "jane@example.org\nbcc@example.org", kInvalidEmail, ""},
                 {"no-break space inside", "jane\u00a0doe@example.org", kInvalidEmail, ""},
                 {"zero-width space inside", "jane\u200bdoe@example.org", kInvalidEmail, ""},
                 {"byte order mark inside", "jane@\ufeffexample.org", kInvalidEmail, ""},
                 {"NUL inside", std::string("ja\0ne@example.org", 17), kInvalidEmail, ""},
                 {"control inside", "jane\x01@example.org", kInvalidEmail, ""},
                 {"delete inside", "jane\x7f@example.org", kInvalidEmail, ""},
                 {"C1 control inside", "jane\u0090ü@example.org", kInvalidEmail, ""},
                 {"noncharacter inside", "jane\uffff@example.org", kInvalidEmail, ""},
                 {"mailto:", "mailto:jane@example.org", kInvalidEmail, ""},
                 {"display name", "Jane Doe <jane@example.org>", kInvalidEmail, ""},
                 {"angle brackets", "<jane@example.org>", kInvalidEmail, ""},
                 {"quoted local part", "\"jane\"@example.org", kInvalidEmail, ""},
                 {"comment", "jane(work)@example.org", kInvalidEmail, ""},
                 {"two addresses", "a@example.org,b@example.org", kInvalidEmail, ""},
                 {"semicolon", "a@example.org;", kInvalidEmail, ""},
                 {"backslash", "a\\b@example.org", kInvalidEmail, ""},
                 {"65 bytes of local part", kLocal64 + "a@example.org", kInvalidEmail, ""},
                 {"a label of 64", "a@" + kLabel63 + "b.org", kInvalidEmail, ""},
                 {"255 bytes", kAddress254 + "e", kInvalidEmail, ""},
                 {"too long in all", kLocal64 + "@" + repeated(kLabel63 + ".", 3) + "org", kInvalidEmail, ""},
                 {"very long", std::string(100'000, 'a') + "@example.org", kInvalidEmail, ""},
                 {"not UTF-8", "jane\xff@example.org", kInvalidEmail, ""},
                 {"overlong UTF-8", "jane\xc0\x80@example.org", kInvalidEmail, ""},
                 {"cut UTF-8", "jane@example.\xc3", kInvalidEmail, ""},
                 {"surrogate in UTF-8", "jane\xed\xa0\x80@example.org", kInvalidEmail, ""},
                 {"full-width @", "jane＠example.org", kInvalidEmail, ""},
                 {"emoji domain", "jane@💩.example", kInvalidEmail, ""},
                 {"a telephone number", "+4915112345678", kInvalidEmail, ""},
                 {"a URL", "https://example.org/jane", kInvalidEmail, ""},
                 {"a word", "jane", kInvalidEmail, ""},
             });
}

TEST(Identifier, blanks_and_placeholders_are_missing_in_every_kind) {
  IdentifierHasher hasher;
  for (const IdentifierKind kind : {kEmail, kSha256Email, kMaid}) {
    for (const std::string_view raw :
         {"", " ", "\t\r\n", "\u00a0\u200b\u3000\ufeff", "null", "NULL", " Null ", "none", "N/A", "na", "NaN",
          "unknown", "Undefined", "nil", "(null)", "-"}) {
      SCOPED_TRACE(raw);
      EXPECT_EQ(hasher.extract(kind, raw).problem, kMissing);
    }
  }
}

TEST(Identifier, a_sha256_passes_in_small_letters_in_every_kind) {
  IdentifierHasher hasher;
  for (const IdentifierKind kind : {kEmail, kSha256Email, kMaid}) {
    for (const std::string& raw : {kJane, upper(kJane), " " + kJane + "\n", "\ufeff" + kJane + "\u00a0"}) {
      const Extracted got = hasher.extract(kind, raw);
      EXPECT_EQ(to_hex(got.hash), kJane) << raw;
      EXPECT_TRUE(got.ok());
      EXPECT_FALSE(got.raw_in_hashed_field);
    }
  }
}

TEST(Identifier, the_hash_of_nobody_never_leaves) {
  IdentifierHasher hasher;
  const std::string nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  for (const std::string& hash : {nothing, upper(nothing), hex(" "), hex("null"), hex("NULL"), hex("None"),
                                  hex("N/A"), hex("n/a"), hex("NaN"), hex("unknown"), hex("undefined"),
                                  hex("-"), hex("00000000-0000-0000-0000-000000000000")}) {
    SCOPED_TRACE(hash);
    EXPECT_EQ(hasher.extract(kEmail, hash).problem, kWrongHash);
    EXPECT_EQ(hasher.extract(kSha256Email, hash).problem, kWrongHash);
    EXPECT_EQ(hasher.extract(kMaid, hash).problem, kInvalidMaid);
  }
}

TEST(Identifier, other_hashes_are_named_as_such) {
  const std::string md5 = "9e107d9d372bb6826bd81d3542a419d6",
                    sha1 = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12";
  for (const IdentifierKind kind : {kEmail, kSha256Email}) {
    expect_all(kind, {
                         {"MD5", md5, kWrongHash, ""},
                         {"MD5 in capitals", upper(md5), kWrongHash, ""},
                         {"SHA-1", sha1, kWrongHash, ""},
                         {"SHA-1 with spaces", " " + sha1 + " ", kWrongHash, ""},
                         {"SHA-224", std::string(56, 'a'), kWrongHash, ""},
                         {"SHA-384", std::string(96, 'a'), kWrongHash, ""},
                         {"SHA-512", std::string(128, 'a'), kWrongHash, ""},
                     });
  }
}

TEST(Identifier, a_hashed_field_takes_an_address_with_a_warning) {
  IdentifierHasher hasher;
  const Extracted got = hasher.extract(kSha256Email, " Jane.Doe@Example.com");
  EXPECT_TRUE(got.ok());
  EXPECT_TRUE(got.raw_in_hashed_field);
  EXPECT_EQ(to_hex(got.hash), kJane);
  EXPECT_FALSE(hasher.extract(kEmail, "jane.doe@example.com").raw_in_hashed_field);
  expect_all(kSha256Email,
             {
                 {"a damaged address", "jane@localhost", kInvalidEmail, ""},
                 {"63 digits", kJane.substr(1), kWrongHash, ""},
                 {"65 digits", kJane + "0", kWrongHash, ""},
                 {"a letter that is no hex digit", "g" + kJane.substr(1), kWrongHash, ""},
                 {"0x", "0x" + kJane, kWrongHash, ""},
                 {"a space inside", kJane.substr(0, 32) + " " + kJane.substr(32), kWrongHash, ""},
                 {"base64", "huC55WwXzE0SOH4ZSbhQU/vnO8POWhGIcTqdMAzGEz0=", kWrongHash, ""},
             });
}

TEST(Identifier, device_ids_are_hashed_in_the_case_of_the_setting) {
  IdentifierHasher hasher;
  EXPECT_EQ(to_hex(hasher.extract(kMaid, kUuid).hash), kUuidHash);
  EXPECT_EQ(to_hex(hasher.extract(kMaid, " " + upper(kUuid) + "\u00a0").hash), kUuidHash);
  EXPECT_EQ(to_hex(hasher.extract(kMaid, kUuid, {.maid_case = MaidCase::kUpper}).hash), hex(upper(kUuid)));
  EXPECT_EQ(to_hex(hasher.extract(kMaid, kUuidHash, {.maid_case = MaidCase::kUpper}).hash), kUuidHash);
}

TEST(Identifier, what_is_no_device_id_is_refused) {
  std::string undashed = kUuid;
  std::erase(undashed, '-');
  expect_all(kMaid,
             {
                 {"all zero (tracking is off)", "00000000-0000-0000-0000-000000000000", kInvalidMaid, ""},
                 {"without dashes", undashed, kInvalidMaid, ""},
                 {"in braces", "{" + kUuid + "}", kInvalidMaid, ""},
                 {"a digit short", kUuid.substr(1), kInvalidMaid, ""},
                 {"a digit more", kUuid + "0", kInvalidMaid, ""},
                 {"a letter that is no hex digit", "g" + kUuid.substr(1), kInvalidMaid, ""},
                 {"dashes elsewhere", "6d92078a8-246-4ba4-ae5b-76104861e7dc", kInvalidMaid, ""},
                 {"urn:uuid:", "urn:uuid:" + kUuid, kInvalidMaid, ""},
                 {"SHA-1", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", kInvalidMaid, ""},
                 {"an address", "jane@example.org", kInvalidMaid, ""},
                 {"a number", "42", kInvalidMaid, ""},
             });
}

TEST(Identifier, known_answers) {
  IdentifierHasher hasher;
  EXPECT_EQ(to_hex(hasher.extract(kEmail, "jane.doe@example.com").hash), kJane);
  EXPECT_EQ(to_hex(hasher.extract(kMaid, kUuid).hash), kUuidHash);
  EXPECT_EQ(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Identifier, reasons_are_those_of_the_closed_table) {
  EXPECT_EQ(to_text(kMissing), "missing_identifier");
  EXPECT_EQ(to_text(kInvalidEmail), "invalid_email");
  EXPECT_EQ(to_text(kWrongHash), "wrong_hash");
  EXPECT_EQ(to_text(kInvalidMaid), "invalid_maid");
}

// Random addresses, random bytes among them: what is valid once is a fixed point, and nothing crashes.
TEST(Identifier, normalising_twice_changes_nothing) {
  constexpr std::string_view kPieces[] = {
      "a",  "B", "é",      "E\u0301", "İ",  "ß",  "Σ",      "σ",  ".",    "@", "-",
      "xn", "-", "\u0307", "\u0345",  "用", "。", "\u200b", " ",  "\xff", "9", "ǅ",
      "K",  "Ω", "\u0130", "ŉ",       "ﬁ",  "１", "Ａ",     "\0", "क",    "ِ",  "org"};
  SeededRandom random(7);
  std::string once, twice;
  size_t valid = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (uint64_t n = random.below(6) + 1; n > 0; --n) text += kPieces[random.below(std::size(kPieces))];
    text += '@';
    for (uint64_t n = random.below(3); n > 0; --n) text += kPieces[random.below(std::size(kPieces))];
    text += random.chance(50) ? ".example" : "bücher.example";
    if (!normalise_email(text, once)) continue;
    ++valid;
    ASSERT_TRUE(normalise_email(once, twice)) << text << " → " << once;
    ASSERT_EQ(once, twice) << text;
  }
  EXPECT_GT(valid, 1'000u);
}

}  // namespace
}  // namespace pinrelay::identity
