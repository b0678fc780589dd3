#include "base/sorter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pinrelay {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

}  // namespace

// One sorted stretch of the spill file, read in pieces.
struct Sorter::Run {
  uint64_t begin, to;
  uint64_t from = begin;  // what is still to be read
  Bytes piece = {};
  size_t at = 0;
};

Sorter::Sorter(std::string directory, size_t record_size, size_t memory_max)
    : directory_(std::move(directory)),
      record_size_(record_size),
      records_max_(memory_max / (2 * record_size + 16)) {
  CHECK(record_size >= sizeof(uint64_t) && records_max_ > 0);
}

Sorter::~Sorter() {
  if (file_ >= 0) ::close(file_);
}

void Sorter::add(ByteView record) {
  append(buffer_, record);
  ++size_;
  if (buffer_.size() / record_size_ >= records_max_) spill();
}

// Moves the buffer's records, in order, to sorted_. Sorting (prefix, index) pairs and gathering once moves
// less than sorting the records themselves.
void Sorter::sort_buffer() {
  struct Item {
    uint64_t prefix;
    uint32_t index;
  };
  std::vector<Item> items(buffer_.size() / record_size_);
  for (uint32_t i = 0; i < items.size(); ++i)
    items[i] = {sort_prefix({buffer_.data() + i * record_size_, record_size_}), i};
  std::sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return std::memcmp(buffer_.data() + a.index * record_size_, buffer_.data() + b.index * record_size_,
                       record_size_) < 0;
  });
  sorted_.resize(buffer_.size());
  uint8_t* out = sorted_.data();
  for (const Item& item : items) {
    std::memcpy(out, buffer_.data() + item.index * record_size_, record_size_);
    out += record_size_;
  }
  buffer_.clear();
}

void Sorter::spill() {
  sort_buffer();
  if (file_ < 0) file_ = ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  size_t written = 0;
  while (file_ >= 0 && written < sorted_.size()) {
    const ssize_t n = ::write(file_, sorted_.data() + written, sorted_.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<size_t>(n);
  }
  if (written < sorted_.size() && status_.ok()) {
    status_ = Error{ErrorKind::kUnavailable, "disk_full",
                    std::string("sorting on disk failed: ") + std::strerror(errno), directory_,
                    "make room; work goes on by itself"};
  }
  runs_.push_back(std::make_unique<Run>(Run{file_size_, file_size_ + sorted_.size()}));
  file_size_ += sorted_.size();
}

Result<void> Sorter::finish() {
  if (runs_.empty()) {
    sort_buffer();
  } else {
    if (!buffer_.empty()) spill();
    Bytes().swap(sorted_);
  }
  Bytes().swap(buffer_);
  return rewind();
}

Result<void> Sorter::rewind() {
  position_ = 0;
  current_ = nullptr;
  heap_.clear();
  if (!status_.ok()) return status_;
  for (const auto& run : runs_) {
    run->from = run->begin;
    if (refill(*run)) push(run.get());
  }
  return status_;
}

bool Sorter::refill(Run& run) {
  const size_t piece_max = std::max<size_t>(1, kReadBytes / record_size_) * record_size_;
  const size_t want = std::min<uint64_t>(piece_max, run.to - run.from);
  run.piece.resize(want);
  run.at = 0;
  size_t have = 0;
  while (have < want) {
    const ssize_t n =
        ::pread(file_, run.piece.data() + have, want - have, static_cast<off_t>(run.from + have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      status_ = Error{ErrorKind::kUnavailable, "disk_read", "reading back what was sorted failed", directory_,
                      "check the disk"};
      return false;
    }
    have += static_cast<size_t>(n);
  }
  run.from += want;
  return want > 0;
}

const uint8_t* Sorter::head(const Run& run) const { return run.piece.data() + run.at; }

void Sorter::push(Run* run) {
  heap_.push_back(run);
  std::push_heap(heap_.begin(), heap_.end(), [&](const Run* a, const Run* b) {
    return std::memcmp(head(*a), head(*b), record_size_) > 0;
  });
}

const uint8_t* Sorter::next() {
  if (runs_.empty()) {
    if (position_ >= sorted_.size()) return nullptr;
    position_ += record_size_;
    return sorted_.data() + position_ - record_size_;
  }
  if (current_ != nullptr) {
    current_->at += record_size_;
    if (current_->at < current_->piece.size() || refill(*current_)) push(current_);
  }
  current_ = nullptr;
  if (heap_.empty() || !status_.ok()) return nullptr;
  std::pop_heap(heap_.begin(), heap_.end(), [&](const Run* a, const Run* b) {
    return std::memcmp(head(*a), head(*b), record_size_) > 0;
  });
  current_ = heap_.back();
  heap_.pop_back();
  return head(*current_);
}

}  // namespace pinrelay
