// The certificate and the private key that a server shows, by their files. They are looked at again when
// somebody connects; new ones count from the next connection on. Files that cannot be used change nothing.
#pragma once

#include <sys/stat.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/asio.h"

namespace pinrelay::http {

// Thread-safe.
class TlsFiles {
 public:
  using Context = std::shared_ptr<asio::ssl::context>;

  // kInvalid: they cannot be used.
  static Result<std::unique_ptr<TlsFiles>> open(std::string certificate_file, std::string private_key_file,
                                                Millis look_every);
  // For a connection that begins at this monotonic time.
  Context context(Millis now);

 private:
  // What tells one state of a file from another: its place, size and time.
  struct Stamp {
    uint64_t device = 0, inode = 0;
    int64_t size = -1, seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 2>;

  TlsFiles(std::string certificate_file, std::string private_key_file, Millis look_every)
      : certificate_file_(std::move(certificate_file)),
        private_key_file_(std::move(private_key_file)),
        look_every_(look_every) {}
  static Stamp stamp_of(const std::string& file);
  Stamps stamps() const { return {stamp_of(certificate_file_), stamp_of(private_key_file_)}; }
  Result<Context> load() const;

  const std::string certificate_file_, private_key_file_;
  const Millis look_every_;
  std::mutex mutex_;  // guards what follows
  Context context_;
  Stamps seen_;  // as they were when they were loaded, or could not be
  Millis look_at_{0};
};

}  // namespace pinrelay::http
