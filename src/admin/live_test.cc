#include "admin/live.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <set>
#include <thread>

namespace pinrelay::admin {
namespace {

using Stream = std::shared_ptr<http::Stream>;

class LiveTest : public testing::Test {
 protected:
  const Route& route(std::string_view path) { return *find_route("GET", path).route; }
  Result<Stream> try_open(const std::string& path, const std::string& caller = "token 1",
                          const std::string& last_id = "", const std::string& job = "") {
    std::vector<std::string> arguments;
    if (path.starts_with("/api/v1/live/jobs/")) arguments = {path.substr(18)};
    return live_.open({caller, &route(path), arguments, job, last_id});
  }
  Stream open(const std::string& path, const std::string& caller = "token 1", const std::string& last_id = "",
              const std::string& job = "") {
    auto stream = try_open(path, caller, last_id, job);
    EXPECT_TRUE(stream.ok()) << path;
    return stream.ok() ? *stream : nullptr;
  }
  // What came since.
  static std::string read(const Stream& stream) { return stream->take().bytes; }
  static size_t count(const std::string& text, std::string_view part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  void pass(Millis time) {
    clock_.advance(time);
    live_.tick();
  }
  void write(const std::string& event, const std::string& job = "") {
    std::vector<LogField> fields;
    if (!job.empty()) fields.emplace_back("job", job);
    log_.add({clock_.now(), LogLevel::kInfo, "exports", event, fields});
  }
  static std::string last_id(const std::string& text) {
    const size_t at = text.rfind("id: ") + 4;
    return text.substr(at, text.find('\n', at) - at);
  }

  FakeClock clock_{Time{Millis{1'000'000}}};
  LogTail log_;
  std::map<std::string, Role> roles_{{"token 1", Role::kAdmin}, {"token 2", Role::kAdmin}};
  std::string state_ = R"("n":1)";
  std::string gone_;
  int asked_ = 0;
  Live live_{{clock_, log_, "boot1",
              [this](std::string_view, const std::vector<std::string>& arguments,
                     const auto&) -> Result<std::string> {
                ++asked_;
                if (!arguments.empty() && arguments[0] == gone_)
                  return Error{ErrorKind::kNotFound, "no_job", "there is no such job", "", ""};
                return fmt::format(R"({{"as_of":"{}",{}}})", format_rfc3339(clock_.now()), state_);
              },
              [this](const std::string& caller) -> std::optional<Role> {
                const auto found = roles_.find(caller);
                return found == roles_.end() ? std::nullopt : std::optional(found->second);
              }}};
};

TEST_F(LiveTest, the_present_state_comes_first_and_then_each_change_once) {
  const Stream stream = open("/api/v1/live/jobs");
  EXPECT_EQ(read(stream),
            "retry: 2000\n\nevent: state\ndata: {\"as_of\":\"1970-01-01T00:16:40Z\",\"n\":1}\n\n");
  for (int i = 0; i < 5; ++i) pass(kLiveEvery);
  EXPECT_EQ(read(stream), "") << "only the moment has changed";
  state_ = R"("n":2)";
  pass(kLiveEvery);
  pass(kLiveEvery);
  EXPECT_EQ(read(stream), "event: state\ndata: {\"as_of\":\"1970-01-01T00:16:46Z\",\"n\":2}\n\n");
}

TEST_F(LiveTest, a_state_is_asked_for_at_most_once_a_second_however_many_look) {
  std::vector<Stream> streams;
  for (int i = 0; i < 12; ++i) streams.push_back(open("/api/v1/live/jobs", i < 6 ? "token 1" : "token 2"));
  EXPECT_EQ(asked_, 1);
  for (const Stream& stream : streams) EXPECT_EQ(count(read(stream), "\"n\":1"), 1u);
  for (int i = 0; i < 100; ++i) pass(Millis{100});
  EXPECT_LE(asked_, 11);
  EXPECT_GE(asked_, 9);
  state_ = R"("n":2)";
  pass(kLiveEvery);
  for (const Stream& stream : streams) EXPECT_EQ(count(read(stream), "\"n\":2"), 1u);
}

TEST_F(LiveTest, without_readers_nothing_is_asked) {
  open("/api/v1/live/jobs").reset();
  const int before = asked_;
  for (int i = 0; i < 10; ++i) pass(kLiveEvery);
  EXPECT_EQ(asked_, before);
  EXPECT_EQ(live_.streams(), 0u);
  // Who comes then gets no state of old.
  state_ = R"("n":7)";
  EXPECT_EQ(count(read(open("/api/v1/live/jobs")), "\"n\":7"), 1u);
}

TEST_F(LiveTest, a_slow_reader_gets_the_newest_state_and_not_all_of_them) {
  const Stream slow = open("/api/v1/live/jobs");
  for (int i = 0; i < 1'000; ++i) {
    state_ = fmt::format(R"("n":{},"long":"{}")", i, std::string(1'000, 'x'));
    pass(kLiveEvery);
  }
  EXPECT_LT(slow->waiting(), 1'000u);
  read(slow);
  pass(kLiveEvery);
  const std::string text = read(slow);
  EXPECT_EQ(count(text, "event: state"), 1u);
  EXPECT_EQ(count(text, "\"n\":999"), 1u);
}

TEST_F(LiveTest, a_job_that_is_not_there_is_an_error_and_one_that_goes_ends_the_stream) {
  const Stream stream = open("/api/v1/live/jobs/a"), other = open("/api/v1/live/jobs/b");
  gone_ = "a";
  pass(kLiveEvery);
  const auto none = try_open("/api/v1/live/jobs/a");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, "no_job");
  const auto part = stream->take();
  EXPECT_TRUE(part.last);
  EXPECT_EQ(count(part.bytes, "event: end\ndata: {\"code\":\"no_job\""), 1u) << part.bytes;
  EXPECT_FALSE(other->take().last);
  EXPECT_EQ(live_.streams(), 1u);
}

TEST_F(LiveTest, streams_are_capped_for_each_caller_and_in_total) {
  std::vector<Stream> streams;
  for (size_t i = 0; i < kStreamsMax; ++i) {
    const std::string caller = fmt::format("token {}", i / kStreamsPerCaller);
    streams.push_back(open("/api/v1/live/jobs", caller));
    if (i + 1 == kStreamsPerCaller) {
      EXPECT_EQ(try_open("/api/v1/live/jobs", caller).error().code, "too_many_streams");
    }
  }
  const auto refused = try_open("/api/v1/live/log", "token 1000");
  EXPECT_EQ(refused.error().code, "too_many_streams");
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  streams.pop_back();  // its client has gone
  EXPECT_TRUE(open("/api/v1/live/log", "token 1000"));
}

TEST_F(LiveTest, a_quiet_stream_has_a_heartbeat_every_15_seconds) {
  const Stream stream = open("/api/v1/live/jobs");
  read(stream);
  for (int i = 0; i < 14; ++i) pass(Millis{1'000});
  EXPECT_EQ(read(stream), "");
  pass(Millis{1'000});
  EXPECT_EQ(read(stream), ": alive\n\n");
  for (int i = 0; i < 30; ++i) pass(Millis{1'000});
  EXPECT_EQ(count(read(stream), ": alive\n\n"), 2u);
}

TEST_F(LiveTest, a_stream_ends_when_its_caller_is_gone_or_may_less) {
  const Stream one = open("/api/v1/live/log", "token 1"), two = open("/api/v1/live/log", "token 2"),
               jobs = open("/api/v1/live/jobs", "token 2");
  pass(kLiveEvery);
  EXPECT_FALSE(one->take().last);
  roles_.erase("token 1");
  roles_["token 2"] = Role::kViewer;
  pass(kLiveEvery);
  for (const Stream& stream : {one, two}) {
    const auto part = stream->take();
    EXPECT_TRUE(part.last);
    EXPECT_EQ(count(part.bytes, "event: end\ndata: {\"code\":\"signed_out\""), 1u) << part.bytes;
  }
  EXPECT_FALSE(jobs->take().last) << "a viewer still sees jobs";
  EXPECT_EQ(live_.streams(), 1u);
  live_.end_of("token 3");
  EXPECT_FALSE(jobs->take().last);
  live_.end_of("token 2");
  EXPECT_TRUE(jobs->take().last);
}

TEST_F(LiveTest, all_end_with_the_service) {
  const Stream one = open("/api/v1/live/log"), two = open("/api/v1/live/jobs");
  live_.end_all();
  for (const Stream& stream : {one, two}) {
    const auto part = stream->take();
    EXPECT_TRUE(part.last);
    EXPECT_EQ(count(part.bytes, "\"code\":\"stopping\""), 1u);
  }
}

TEST_F(LiveTest, the_log_comes_from_the_oldest_line_that_is_left_and_goes_on) {
  for (size_t i = 0; i < LogTail::kEntriesMax + 5; ++i) write(fmt::format("line {}.", i));
  const Stream stream = open("/api/v1/live/log");
  std::string text = read(stream);
  EXPECT_EQ(count(text, "event: log"), LogTail::kEntriesMax);
  EXPECT_EQ(count(text, "line 4."), 0u);
  EXPECT_EQ(count(text, "line 5."), 1u);
  EXPECT_EQ(count(text, "event: gap"), 0u) << "it has asked for nothing before";
  live_.tick();
  EXPECT_EQ(read(stream), "");
  write("the next one");
  live_.tick();
  text = read(stream);
  EXPECT_EQ(
      text,
      "id: boot1-1006\nevent: log\ndata: {\"at\":\"1970-01-01T00:16:40Z\",\"level\":\"info\",\"component\":"
      "\"exports\",\"event\":\"the next one\",\"fields\":{}}\n\n");
}

TEST_F(LiveTest, a_client_that_comes_back_gets_what_it_has_missed_once) {
  write("a"), write("b"), write("c");
  const Stream first = open("/api/v1/live/log");
  const std::string id = last_id(read(first));
  EXPECT_EQ(id, "boot1-3");
  write("d"), write("e");
  const Stream again = open("/api/v1/live/log", "token 1", id);
  live_.tick();
  const std::string text = read(again);
  EXPECT_EQ(count(text, "event: log"), 2u);
  EXPECT_EQ(count(text, "event: gap"), 0u);
  EXPECT_LT(text.find("\"d\""), text.find("\"e\""));
  EXPECT_EQ(count(read(first), "event: log"), 2u) << "others get them, too";
}

TEST_F(LiveTest, what_is_lost_is_said) {
  for (size_t i = 0; i < LogTail::kEntriesMax + 10; ++i) write("line");
  // Too old, of another process, from the future, nonsense.
  for (const char* id : {"boot1-9", "boot0-500", "boot1-1011", "boot1-", "boot1-12x", "500", "-",
                         "boot1-99999999999999999999"}) {
    const Stream stream = open("/api/v1/live/log", "token 1", id);
    const std::string text = read(stream);
    EXPECT_EQ(count(text, "id: boot1-10\nevent: gap\n"), 1u) << id;
    EXPECT_LT(text.find("event: gap"), text.find("event: log")) << id;
    EXPECT_EQ(count(text, "event: log"), LogTail::kEntriesMax) << id;
  }
  EXPECT_EQ(count(read(open("/api/v1/live/log", "token 1", "boot1-10")), "event: gap"), 0u)
      << "the next one is there";
  // More between two ticks than there is room for.
  const Stream stream = open("/api/v1/live/log");
  read(stream);
  for (size_t i = 0; i < LogTail::kEntriesMax + 1; ++i) write("burst");
  live_.tick();
  EXPECT_EQ(count(read(stream), "event: gap"), 1u);
}

TEST_F(LiveTest, the_log_of_one_job_can_be_resumed_though_other_lines_pushed_its_own_out) {
  write("mine", "readers"), write("not mine", "orders"), write("nobody's");
  const Stream stream = open("/api/v1/live/log", "token 1", "", "readers");
  std::string text = read(stream);
  EXPECT_EQ(count(text, "event: log"), 1u);
  EXPECT_EQ(count(text, R"("fields":{"job":"readers"})"), 1u);
  for (size_t i = 0; i < LogTail::kEntriesMax; ++i) write("other", "orders");
  for (int i = 0; i < 15; ++i) pass(Millis{1'000});
  text = read(stream);
  EXPECT_EQ(count(text, "event: log"), 0u);
  EXPECT_EQ(last_id(text), "boot1-1003") << "the heartbeat has told how far it is";
  write("mine, too", "readers");
  const Stream again = open("/api/v1/live/log", "token 1", last_id(text), "readers");
  text = read(again);
  EXPECT_EQ(count(text, "event: gap"), 0u);
  EXPECT_EQ(count(text, "mine, too"), 1u);
}

TEST_F(LiveTest, lines_stay_one_event_and_one_size_whatever_they_hold) {
  write("two\nlines\r\n\ndata: forged\n\nevent: end", std::string(5'000, 'x'));
  const std::string text = read(open("/api/v1/live/log"));
  EXPECT_EQ(count(text, "\nevent: "), 1u);
  EXPECT_EQ(count(text, "\ndata: "), 1u);
  EXPECT_EQ(count(text, "\n\n"), 2u) << "behind retry, and behind the line";
  EXPECT_LT(text.size(), 1'500u);
}

class Observed : public testing::Test {
 protected:
  ~Observed() override { set_log_observer({}); }
};

TEST_F(Observed, what_is_logged_is_given_to_the_observer_but_not_what_it_logs_itself) {
  LogTail tail;
  set_log_observer([&](const LogLine& line) {
    tail.add(line);
    log(LogLevel::kError, "test", "about a line");
  });
  log(LogLevel::kError, "test", "a line", {{"job", "readers"}, {"count", 3}});
  log(LogLevel::kDebug, "test", "below the level");
  set_log_observer({});
  log(LogLevel::kError, "test", "after the end");
  const auto entries = tail.after(0);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].job, "readers");
  EXPECT_NE(
      entries[0].json.find(
          R"("level":"error","component":"test","event":"a line","fields":{"job":"readers","count":"3"})"),
      std::string::npos);
}

TEST_F(Observed, lines_of_several_threads_are_all_there_and_numbered) {
  LogTail tail;
  set_log_observer([&](const LogLine& line) { tail.add(line); });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int n = 0; n < 50; ++n) log(LogLevel::kError, "test", "a line");
    });
  threads.clear();
  std::set<uint64_t> numbers;
  for (const LogTail::Entry& entry : tail.after(0)) numbers.insert(entry.number);
  EXPECT_EQ(numbers.size(), 200u);
  EXPECT_EQ(tail.last(), 200u);
}

}  // namespace
}  // namespace pinrelay::admin
