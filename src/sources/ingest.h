// POST /v1/changes: change rows in, and an answer only when they are durable. Independent of the HTTP library
// and of the store.
//
//   202  at least one row was accepted and is durable  {"accepted":2,"rejected":1,"errors":[{"line":3,…}]}
//   400  no row was accepted: the body is empty, or every row is bad (same body, "accepted":0)
//   401  no write key, a wrong one, or one that has expired
//   403  a key that a restore has suspended, or one that is used from outside its networks
//   405  not POST
//   413  body over 16 MiB
//   415  neither NDJSON nor JSON nor nothing said; compressed bodies too
//   429  the key has sent more rows or bytes than it may in a minute; see Retry-After
//   503  the store cannot take more now (disk, bound); see Retry-After. 500: anything else
// The server itself says 408, 413 and 503 in a line of text: see ServerOptions.
// `errors` holds the first 100 of `rejected`. Values that were left out of accepted rows are counted by
// reason,
// {"dropped":{"nested_value":3}}, and the first 100 of them listed in `dropped_values`. The other answers
// have {"error":{"code","message","fix"}}.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"
#include "sources/input_limits.h"
#include "sources/row_scope.h"
#include "sources/sender_pace.h"

namespace pinrelay::sources {

// Where accepted changes go.
class InboxPort {
 public:
  virtual ~InboxPort() = default;
  // Calls `done` once, on any thread, when the changes are durable, or with an error: kUnavailable and
  // kThrottled mean that the sender should try again.
  virtual void append(Bytes changes, uint64_t rows, std::function<void(Result<void>)> done) = 0;
};

struct WriteKeySecret {
  std::string name;    // for logs
  std::string secret;  // what senders present as Bearer
};

// What a key is limited to. Those of the configuration are not.
struct KeyLimits {
  RowScope rows = {};
  std::string networks = {};                      // config::comes_from()
  int64_t rows_a_minute = 0, bytes_a_minute = 0;  // 0: IngestParts says; more than that has no effect
};

// One that is kept as its hash.
struct StoredWriteKey {
  int64_t number = 0;
  std::string name;
  Hash hash{};
  Time expires_at{};       // zero: never
  bool suspended = false;  // by a restore, until somebody confirms it
  KeyLimits limits = {};
};

// All of them must outlive the Ingest.
struct IngestParts {
  const Clock& clock;
  InboxPort& inbox;
  InputLimits& limits;
  int64_t rows_a_minute, bytes_a_minute;  // of one key
};

// Thread-safe.
class Ingest {
 public:
  // Without keys everybody gets 401.
  Ingest(const std::vector<WriteKeySecret>& keys, IngestParts parts);

  // In place of those that were stored before; holds for requests that come from now on.
  void set_stored_keys(const std::vector<StoredWriteKey>& keys);
  // Called on any thread, at most once an hour a key. Before the first request.
  void on_use(std::function<void(int64_t number)> used) { used_ = std::move(used); }
  // What the head of such a request says: who sends, or why the body is not wanted.
  http::Admission admit(const http::ServerRequest& head) const;
  // Handles one request to /v1/changes; the request need not outlive the call.
  void handle(const http::ServerRequest& request, http::Responder respond) const;

 private:
  struct Key {
    std::string name;
    Hash hash;
    int64_t number = 0;  // 0: of the configuration
    Time expires_at{};
    bool suspended = false;
    KeyLimits limits = {};
  };
  using Keys = std::vector<Key>;
  std::shared_ptr<const Keys> keys() const;
  const Key* find_key(const Keys& keys, std::string_view authorization) const;
  static std::optional<http::ServerResponse> refuse_key(const Key& key, std::string_view peer);
  std::optional<http::ServerResponse> refuse_head(const http::ServerRequest& head, const Key* key) const;
  void note_use(const Key& key) const;
  static std::string account_of(const Key& key);
  std::optional<http::ServerResponse> slow_down(const Key& key) const;
  void note_sent(const Key& key, uint64_t rows, size_t bytes) const;

  struct Pace {
    SenderPace rows, bytes;
  };

  const IngestParts parts_;
  Keys of_configuration_;
  std::function<void(int64_t)> used_;
  mutable std::mutex mutex_;  // guards what follows; what keys_ points to never changes
  std::shared_ptr<const Keys> keys_;
  mutable std::map<int64_t, Time> noted_;      // when a key's use was last told
  mutable std::map<std::string, Pace> paces_;  // by account_of()
};

constexpr size_t kIngestBytesMax = 16 * 1024 * 1024;

}  // namespace pinrelay::sources
