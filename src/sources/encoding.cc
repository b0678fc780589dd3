#include "sources/encoding.h"

#include <simdjson.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucsdet.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <vector>

#include "base/utf8.h"

namespace pinrelay::sources {
namespace {

constexpr size_t kSampleBytes = 64 * 1024;
constexpr int32_t kSureConfidence = 50;  // percent; below, ICU is guessing at a few bytes
constexpr const char* kUsualEncoding = "windows-1252";
constexpr UChar kReplacement = 0xfffd;

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;
using Detector = std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)>;

Converter open_converter(const std::string& name) {
  UErrorCode code = U_ZERO_ERROR;
  return {ucnv_open(name.c_str(), &code), &ucnv_close};
}

// Reading can begin at any character only where one means the same everywhere.
bool has_no_state(const UConverter* converter) {
  switch (ucnv_getType(converter)) {
    case UCNV_SBCS:
    case UCNV_DBCS:
    case UCNV_MBCS:
    case UCNV_LATIN_1:
    case UCNV_US_ASCII:
    case UCNV_UTF8:
    case UCNV_UTF16_BigEndian:
    case UCNV_UTF16_LittleEndian:
    case UCNV_UTF32_BigEndian:
    case UCNV_UTF32_LittleEndian:
      return true;
    default:
      return false;
  }
}

// ICU's own callback writes a control character in some encodings.
void replace(const void*, UConverterToUnicodeArgs* arguments, const char*, int32_t,
             UConverterCallbackReason reason, UErrorCode* code) {
  if (reason > UCNV_IRREGULAR) return;
  *code = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(arguments, &kReplacement, 1, 0, code);
}

void append_utf8(std::string& to, UChar32 c) {
  if (c == kReplacement || U_IS_SURROGATE(c)) {
    to += Decoder::kDamaged;
    return;
  }
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  to.append(bytes, static_cast<size_t>(size));
}

}  // namespace

Result<std::string> canonical_encoding(const std::string& name) {
  const Converter converter = open_converter(name);
  if (name.empty()) return std::string();
  UErrorCode code = U_ZERO_ERROR;
  if (converter == nullptr)
    return Error{ErrorKind::kInvalid, "unknown_encoding", "there is no such encoding", "--encoding",
                 "for example utf-8, windows-1252, iso-8859-15 or utf-16le"};
  if (ucnv_getType(converter.get()) == UCNV_UTF8) return std::string();
  // "UTF-16" is of either byte order: the file says which.
  if (std::string_view(ucnv_getName(converter.get(), &code)) == "UTF-16") return std::string("UTF-16");
  if (!has_no_state(converter.get()))
    return Error{ErrorKind::kInvalid, "unknown_encoding",
                 "an import could not resume in the middle of a text of this encoding", "--encoding",
                 "save the file as UTF-8"};
  return std::string(ucnv_getName(converter.get(), &code));
}

std::string utf16_of(std::string_view beginning) {
  if (beginning.starts_with("\xff\xfe")) return "UTF-16LE";
  if (beginning.starts_with("\xfe\xff")) return "UTF-16BE";
  size_t zeros[2] = {};
  for (size_t at = 0; at < beginning.size(); ++at) zeros[at % 2] += beginning[at] == '\0';
  // Names of columns, delimiters and line ends are ASCII in any language.
  const size_t many = beginning.size() / 8;
  if (zeros[1] > many && zeros[1] > 4 * zeros[0]) return "UTF-16LE";
  if (zeros[0] > many && zeros[0] > 4 * zeros[1]) return "UTF-16BE";
  return "";
}

void Utf8Survey::add(std::string_view piece) {
  if (valid_) return;
  if (rest_.empty() && simdjson::validate_utf8(piece.data(), piece.size())) {
    valid_ = std::ranges::any_of(piece, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return;
  }
  const std::string text = rest_ + std::string(piece);
  rest_.clear();
  for (size_t at = 0; at < text.size() && !valid_;) {
    const Codepoint next = decode_utf8(std::string_view(text).substr(at));
    if (!next.ok && text.size() - at < 4 && static_cast<unsigned char>(text[at]) >= 0xc2) {
      rest_ = text.substr(at);
      return;
    }
    if (!next.ok && !damaged_) sample_ = text.substr(at - std::min(at, kSampleBytes / 2), kSampleBytes);
    damaged_ |= !next.ok;
    valid_ = next.ok && next.value >= 0x80;
    at += next.size;
  }
}

std::string Utf8Survey::likely_encoding() const {
  UErrorCode code = U_ZERO_ERROR;
  const Detector detector(ucsdet_open(&code), &ucsdet_close);
  ucsdet_setText(detector.get(), sample_.data(), static_cast<int32_t>(sample_.size()), &code);
  const UCharsetMatch* match = U_SUCCESS(code) ? ucsdet_detect(detector.get(), &code) : nullptr;
  if (U_FAILURE(code) || match == nullptr || ucsdet_getConfidence(match, &code) < kSureConfidence)
    return kUsualEncoding;
  const std::string name = ucsdet_getName(match, &code);
  const auto known = canonical_encoding(name);
  // What says it is Latin-1 is Windows' extension of it.
  const bool usual = !known.ok() || known->empty() || name.starts_with("UTF") || name == "ISO-8859-1";
  return usual ? kUsualEncoding : name;
}

struct Decoder::Impl {
  Converter converter;
  std::vector<UChar> units;
  std::vector<int32_t> sources;
};

Decoder::Decoder(const std::string& encoding)
    : impl_(std::make_unique<Impl>(Impl{open_converter(encoding), {}, {}})) {
  CHECK(impl_->converter != nullptr);  // its name is canonical
  UErrorCode code = U_ZERO_ERROR;
  ucnv_setToUCallBack(impl_->converter.get(), replace, nullptr, nullptr, nullptr, &code);
}

Decoder::~Decoder() = default;

size_t Decoder::decode(std::string_view from, bool is_last, std::string& to) {
  UConverter* converter = impl_->converter.get();
  // A unit a byte and some more: no encoding of those taken makes more.
  impl_->units.resize(from.size() * 2 + 16);
  impl_->sources.resize(impl_->units.size());
  UErrorCode code = U_ZERO_ERROR;
  ucnv_resetToUnicode(converter);
  const char* source = from.data();
  UChar* target = impl_->units.data();
  ucnv_toUnicode(converter, &target, target + impl_->units.size(), &source, from.data() + from.size(),
                 impl_->sources.data(), is_last, &code);
  CHECK(U_SUCCESS(code));
  const int32_t pending = is_last ? 0 : ucnv_toUCountPending(converter, &code);
  impl_->units.resize(static_cast<size_t>(target - impl_->units.data()));
  for (size_t i = 0; i < impl_->units.size();) {
    UChar32 c;
    U16_NEXT(impl_->units.data(), i, impl_->units.size(), c);
    append_utf8(to, c);
  }
  return from.size() - static_cast<size_t>(std::max(pending, 0));
}

size_t Decoder::place_of(std::string_view from, bool is_last, size_t offset) {
  std::string text;
  const size_t read = decode(from, is_last, text);
  text.clear();
  for (size_t i = 0; i < impl_->units.size();) {
    if (text.size() >= offset) return static_cast<size_t>(std::max(impl_->sources[i], 0));
    UChar32 c;
    U16_NEXT(impl_->units.data(), i, impl_->units.size(), c);
    append_utf8(text, c);
  }
  return read;
}

}  // namespace pinrelay::sources
