#include "sources/text_file.h"

#include <algorithm>
#include <cstring>

namespace pinrelay::sources {
namespace {

constexpr size_t kBlockBytes = 64 * 1024;

}  // namespace

TextFile::TextFile(InputFile file, const std::string& encoding)
    : file_(std::move(file)), decoder_(encoding.empty() ? nullptr : std::make_unique<Decoder>(encoding)) {}

void TextFile::seek(uint64_t place) {
  raw_next_ = text_next_ = place;
  text_.clear();
  text_used_ = 0;
  blocks_.clear();
}

Result<size_t> TextFile::read(std::span<char> to) {
  if (!decoder_) {
    const size_t got = TRY(file_.read(raw_next_, to));
    raw_next_ += got;
    return got;
  }
  size_t done = 0;
  while (done < to.size() && !at_end()) {
    if (text_used_ == text_.size()) TRY(decode_block());
    const size_t size = std::min(to.size() - done, text_.size() - text_used_);
    std::memcpy(to.data() + done, text_.data() + text_used_, size);
    done += size;
    text_used_ += size;
  }
  return done;
}

// Each block ends with a whole character, so that it can be decoded again by itself.
Result<void> TextFile::decode_block() {
  const std::string raw = TRY(read_raw(raw_next_, kBlockBytes));
  text_.clear();
  text_used_ = 0;
  const size_t used = decoder_->decode(raw, raw_next_ + raw.size() == file_.size(), text_);
  blocks_.push_back({raw_next_, text_next_, used, text_.size()});
  raw_next_ += used;
  text_next_ += text_.size();
  return {};
}

Result<uint64_t> TextFile::place_of(uint64_t offset) {
  if (!decoder_) return offset;
  while (blocks_.size() > 1 && offset >= blocks_.front().offset + blocks_.front().text_size)
    blocks_.pop_front();
  if (blocks_.empty()) return raw_next_;
  const Block& block = blocks_.front();
  const bool is_last = block.place + block.size == file_.size();
  const std::string raw = TRY(read_raw(block.place, block.size));
  return block.place + decoder_->place_of(raw, is_last, static_cast<size_t>(offset - block.offset));
}

Result<std::string> TextFile::read_raw(uint64_t place, size_t size) const {
  std::string raw(size, '\0');
  raw.resize(TRY(file_.read(place, raw)));
  return raw;
}

}  // namespace pinrelay::sources
