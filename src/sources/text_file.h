// The text of an input file as UTF-8, whatever its encoding, with the way back from a place in the text to
// one in the file, so that reading can go on there later. Of a file in UTF-8 both are the same.
#pragma once

#include <deque>
#include <optional>

#include "sources/encoding.h"
#include "sources/input_file.h"

namespace pinrelay::sources {

class TextFile {
 public:
  // `encoding`: as canonical_encoding gives it, but of one byte order; "": UTF-8.
  TextFile(InputFile file, const std::string& encoding);

  // What follows in the text; less than `to` takes only at the end.
  Result<size_t> read(std::span<char> to);
  // Everything has been read.
  bool at_end() const { return raw_next_ == file_.size() && text_used_ == text_.size(); }
  // Goes on at a place in the file: the beginning, or what place_of gave. The offset in the text counts on
  // from there.
  void seek(uint64_t place);
  // The place in the file of an offset in the text that has been read; not one before an earlier answer.
  Result<uint64_t> place_of(uint64_t offset);

  const InputFile& file() const { return file_; }

 private:
  struct Block {
    uint64_t place, offset;  // in the file, in the text
    size_t size, text_size;
  };
  Result<void> decode_block();
  Result<std::string> read_raw(uint64_t place, size_t size) const;

  InputFile file_;
  std::unique_ptr<Decoder> decoder_;  // null: UTF-8
  uint64_t raw_next_ = 0;
  uint64_t text_next_ = 0;  // the offset of what is decoded next
  std::string text_;        // decoded
  size_t text_used_ = 0;    // of text_
  std::deque<Block> blocks_;
};

}  // namespace pinrelay::sources
