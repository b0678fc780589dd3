// A file that is being imported: a regular file that must not change while we read it.
#pragma once

#include <cstdint>
#include <ctime>
#include <span>
#include <string>

#include "base/result.h"

namespace pinrelay::sources {

class InputFile {
 public:
  // kNotFound: nothing there. kInvalid: not a regular file, or not readable by us.
  static Result<InputFile> open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) = delete;
  ~InputFile();

  // Reads from `offset` on until `to` is full or the file ends; returns how much. kConflict: the file is
  // shorter than when it was opened.
  Result<size_t> read(uint64_t offset, std::span<char> to) const;
  // kConflict: the file was written to since it was opened.
  Result<void> check_unchanged() const;

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

 private:
  InputFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
  uint64_t size_ = 0;
  std::timespec modified_{};
};

}  // namespace pinrelay::sources
