#include "store/inbox.h"

#include <pthread.h>

#include "base/log.h"
#include "store/seal.h"

namespace pinrelay::store {
namespace {

// Small appends of one commit share a row of about this size.
constexpr size_t kRowBytes = 1024 * 1024;

Error too_much(const char* what) {
  return {ErrorKind::kUnavailable, "inbox_full", what, "", "send it again later"};
}

}  // namespace

Result<std::unique_ptr<Inbox>> Inbox::open(const std::string& path, const Options& options) {
  std::unique_ptr<Inbox> inbox(new Inbox);
  inbox->backlog_bytes_max_ = options.backlog_bytes_max;
  const DbOptions database{.path = path,
                           .cache_bytes = 4 * 1024 * 1024,
                           .durable = options.durable,
                           .pages_max = options.pages_max};
  inbox->writer_ = TRY(Db::open(database));
  inbox->writer_->exec(
      "CREATE TABLE IF NOT EXISTS inbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, changes BLOB NOT NULL)");
  if (inbox->writer_->failure()) return *inbox->writer_->failure();
  inbox->reader_ = TRY(Db::open(database));
  inbox->insert_ = std::make_unique<Statement>(*inbox->writer_, "INSERT INTO inbox(changes) VALUES (?)");
  inbox->erase_ = std::make_unique<Statement>(*inbox->writer_, "DELETE FROM inbox WHERE seq <= ?");
  inbox->size_ = std::make_unique<Statement>(
      *inbox->writer_, "SELECT coalesce(sum(length(changes) - 4), 0) FROM inbox WHERE seq <= ?");
  static_assert(kSealBytes == 4);
  inbox->select_ = std::make_unique<Statement>(*inbox->reader_,
                                               "SELECT seq, changes FROM inbox WHERE seq > ? ORDER BY seq");
  TRY(inbox->count_backlog());
  return inbox;
}

Result<void> Inbox::count_backlog() {
  writer_->begin();
  if (size_->first(INT64_MAX)) backlog_bytes_ = size_->integer(0);
  size_->done();
  return writer_->commit();
}

void Inbox::append(Bytes changes, Done done) {
  std::unique_lock lock(mutex_);
  if (backlog_bytes_ > backlog_bytes_max_) {
    lock.unlock();
    return done(too_much("the backlog of unapplied rows is too long"));
  }
  if (waiting_bytes_ + changes.size() > kWaitingBytesMax) {
    lock.unlock();
    return done(too_much("too many rows are waiting for the disk"));
  }
  waiting_bytes_ += changes.size();
  waiting_.push_back({std::move(changes), std::move(done)});
  if (running_) return wake_.notify_one();
  commit_waiting(lock);
}

void Inbox::erase_through(int64_t last) {
  std::unique_lock lock(mutex_);
  applied_ = last;
  if (running_) return wake_.notify_one();
  commit_waiting(lock);
}

void Inbox::checkpoint() {
  std::unique_lock lock(mutex_);
  checkpoint_due_ = true;
  if (running_) return wake_.notify_one();
  commit_waiting(lock);
}

void Inbox::start(std::function<void()> on_data) {
  const std::lock_guard lock(mutex_);
  on_data_ = std::move(on_data);
  running_ = true;
  committer_ = std::jthread([this](const std::stop_token& stop) { commit_loop(stop); });
}

void Inbox::stop() {
  if (!committer_.joinable()) return;
  committer_.request_stop();
  committer_.join();
  std::unique_lock lock(mutex_);
  running_ = false;
  // Who came between the committer's end and now still waits for an answer.
  commit_waiting(lock);
}

void Inbox::commit_loop(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "inbox");
  std::unique_lock lock(mutex_);
  int64_t tried = 0;  // an erasure that failed is not tried again at once
  while (true) {
    wake_.wait(lock, stop, [&] { return !waiting_.empty() || applied_ > tried || checkpoint_due_; });
    if (waiting_.empty() && applied_ <= tried && !checkpoint_due_)
      return;  // asked to stop, and nobody waits for an answer
    const bool news = !waiting_.empty();
    tried = applied_;
    commit_waiting(lock);
    if (news && on_data_) on_data_();
    lock.lock();
  }
}

void Inbox::commit_waiting(std::unique_lock<std::mutex>& lock) {
  const std::vector<Waiting> batch = std::exchange(waiting_, {});
  const bool checkpoint = std::exchange(checkpoint_due_, false);
  waiting_bytes_ = 0;
  lock.unlock();
  const Result<void> result = commit(batch);
  if (checkpoint) empty_log();
  for (const Waiting& waiting : batch) waiting.done(result);
}

void Inbox::between_commits(const std::function<void()>& look) {
  const std::lock_guard writing(writing_);
  look();
}

void Inbox::empty_log() {
  const std::lock_guard writing(writing_);
  if (const auto done = writer_->checkpoint(); !done)
    log(LogLevel::kWarning, "store", "the log of the inbox was not emptied",
        {{"reason", done.error().text()}});
}

Result<void> Inbox::commit(const std::vector<Waiting>& batch) {
  const std::lock_guard writing(writing_);
  const int64_t applied = applied_;
  if (batch.empty() && applied <= erased_) return {};
  if (before_commit_ && !batch.empty()) {
    std::vector<ByteView> changes;
    for (const Waiting& waiting : batch) changes.emplace_back(waiting.changes);
    TRY(before_commit_(changes));
  }
  writer_->begin();
  int64_t bytes = backlog_bytes_;
  // First, because on a full disk the new rows need the room.
  if (applied > erased_) {
    if (size_->first(applied)) bytes -= size_->integer(0);
    size_->done();
    erase_->run(applied);
  }
  Bytes row;
  for (size_t i = 0; i < batch.size(); ++i) {
    pinrelay::append(row, batch[i].changes);
    bytes += static_cast<int64_t>(batch[i].changes.size());
    if (row.size() < kRowBytes && i + 1 < batch.size()) continue;
    if (!row.empty()) {
      seal(row, 0);
      insert_->run(row);
    }
    row.clear();
  }
  TRY(writer_->commit());
  erased_ = applied;
  backlog_bytes_ = bytes;
  return {};
}

Result<InboxPage> Inbox::read(int64_t after, size_t bytes_max) {
  reader_->begin();
  InboxPage page;
  for (bool more = select_->first(after); more; more = select_->next()) {
    page.last = select_->integer(0);
    ByteView changes = select_->blob(1);
    if (!unseal(changes, 0)) reader_->fail_damaged("an accepted row");
    pinrelay::append(page.changes, changes);
    page.rows.emplace_back(page.last, page.changes.size());
    if (page.changes.size() < bytes_max) continue;
    select_->done();
    break;
  }
  TRY(reader_->commit());
  return page;
}

Result<void> Inbox::continue_after(int64_t last) {
  applied_ = last;
  writer_->begin();
  Statement seed(*writer_,
                 "INSERT INTO inbox(seq, changes) SELECT ?1, '' WHERE ?1 > (SELECT coalesce(max(seq), 0) "
                 "FROM sqlite_sequence)");
  if (last > 0) seed.run(last);
  erase_->run(last);
  TRY(writer_->commit());
  erased_ = last;
  return count_backlog();
}

}  // namespace pinrelay::store
