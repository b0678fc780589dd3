#include "http/request_reader.h"

#include <algorithm>
#include <optional>

#include "http/asio.h"

#include <boost/beast/http/basic_parser.hpp>

#include "http/header_names.h"

namespace pinrelay::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;

// What is set aside for a body before its bytes arrive; a client's claim alone must not cost more.
constexpr uint64_t kBodyReserveMax = 1024 * 1024;

Refusal refusal_of(const ErrorCode& code) {
  using beast::http::error;
  if (code == error::body_limit) return {413, "the body is too large"};
  if (code == error::header_limit) return {431, "the header is too large"};
  if (code == error::bad_version) return {505, "the HTTP version is not 1.0 or 1.1"};
  if (code == error::bad_content_length) return {400, "the content-length is not a number"};
  if (code == error::bad_transfer_encoding) return {400, "transfer-encoding contradicts another header"};
  return {400, "the request is not well-formed HTTP"};
}

// Beast's parser, writing straight into our request. It checks the grammar; what it lets pass and we do not
// is checked here and in HeadScan.
class Parser final : public beast::http::basic_parser<true> {
 public:
  Parser(ServerRequest& request, const ReadLimits& limits) : request_(request), limits_(limits) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    body_limit(limits.body_bytes_max);
  }

  // The first thing wrong with the head that Beast does not mind.
  std::optional<Refusal> head_refusal() const {
    if (request_.path.empty() || request_.path[0] != '/') return Refusal{400, "the target is not a path"};
    if (hosts_ > 1 || (http11_ && hosts_ == 0)) return Refusal{400, "exactly one host header is needed"};
    if (lengths_ > 1) return Refusal{400, "more than one content-length"};
    if (length_is_list_) return Refusal{400, "the content-length is not a number"};
    if (encodings_ > 0 && (!http11_ || encoding_unknown_)) return Refusal{400, "unknown transfer-encoding"};
    if (expectation_unknown_) return Refusal{417, "the only expectation known is 100-continue"};
    return std::nullopt;
  }
  bool expects_continue() const { return expects_continue_ && http11_; }
  bool streamed() const { return streamed_; }
  void hold(uint64_t bytes_max) { held_bytes_max_ = bytes_max; }

 private:
  using Text = beast::string_view;
  static std::string_view view(Text text) { return {text.data(), text.size()}; }

  void on_request_impl(beast::http::verb, Text method, Text target, int version, ErrorCode&) override {
    const std::string_view all = view(target);
    const size_t question = all.find('?');
    request_.method = view(method);
    request_.path = all.substr(0, question);
    if (question != std::string_view::npos) request_.query = all.substr(question + 1);
    http11_ = version == 11;
    streamed_ = limits_.streams != nullptr && limits_.streams(request_.method, request_.path);
    if (streamed_) body_limit(limits_.streamed_bytes_max);
  }
  void on_field_impl(field name, Text text, Text value, ErrorCode&) override {
    // Fields after a chunked body are dropped: nothing of ours reads them, and none may pose as a header.
    if (head_done_) return;
    note(name, view(value));
    request_.headers.push_back({std::string(view(text)), std::string(view(value))});
  }
  void on_header_impl(ErrorCode&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    if (length && !streamed_) request_.body.reserve(static_cast<size_t>(std::min(*length, kBodyReserveMax)));
  }
  size_t on_body_impl(Text body, ErrorCode& error) override {
    if (!streamed_ && body.size() > held_bytes_max_ - request_.body.size()) {
      error = beast::http::error::body_limit;
      return 0;
    }
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(ErrorCode&) override {}
  void on_response_impl(int, Text, int, ErrorCode&) override {}

  void note(field name, std::string_view value) {
    if (name == field::host) {
      ++hosts_;
    } else if (name == field::content_length) {
      ++lengths_;
      length_is_list_ |= value.find_first_not_of("0123456789") != std::string_view::npos;
    } else if (name == field::transfer_encoding) {
      ++encodings_;
      encoding_unknown_ |= !equal_names(value, "chunked");
    } else if (name == field::expect) {
      expects_continue_ = equal_names(value, "100-continue");
      expectation_unknown_ |= !expects_continue_;
    }
  }

  ServerRequest& request_;
  const ReadLimits& limits_;
  uint64_t held_bytes_max_ = UINT64_MAX;
  int hosts_ = 0, lengths_ = 0, encodings_ = 0;
  bool http11_ = false, head_done_ = false, streamed_ = false;
  bool length_is_list_ = false, encoding_unknown_ = false;
  bool expects_continue_ = false, expectation_unknown_ = false;
};

// Finds the end of the head and refuses the line ends that Beast accepts or never finishes with.
class HeadScan {
 public:
  enum class Found { kMore, kEnd, kBareLineFeed, kFoldedLine };

  // `bytes` starts with the request line and may only grow from call to call.
  Found scan(std::string_view bytes) {
    for (;;) {
      const size_t feed = bytes.find('\n', scanned_);
      if (feed == std::string_view::npos) break;
      if (feed == line_ || bytes[feed - 1] != '\r') return Found::kBareLineFeed;
      if (bytes[line_] == ' ' || bytes[line_] == '\t') return Found::kFoldedLine;
      const bool blank = feed == line_ + 1;
      line_ = scanned_ = feed + 1;
      if (blank) return Found::kEnd;
    }
    scanned_ = bytes.size();
    return Found::kMore;
  }
  size_t end() const { return line_; }

 private:
  size_t scanned_ = 0;  // everything before it is looked at
  size_t line_ = 0;     // where the present line starts
};

}  // namespace

struct RequestReader::Impl {
  explicit Impl(ReadLimits l) : limits(l) { start(); }

  void start() {
    request = ServerRequest{};
    scan = HeadScan{};
    parser.emplace(request, limits);
    in_body = continue_due = false;
    state = State::kMore;
  }

  void refuse(Refusal why) { refusal = why, state = State::kRefused; }

  // One blank line before the request line is tolerated, as RFC 9112 §2.2 advises. It is used together with
  // the head, so that a second one is not.
  size_t read_blank_line_and_head(std::string_view bytes) {
    if (bytes == "\r") return 0;
    const size_t blank = bytes.starts_with("\r\n") ? 2 : 0;
    const size_t head = read_head(bytes.substr(blank));
    return head == 0 ? 0 : blank + head;
  }

  size_t read_head(std::string_view bytes) {
    const auto found = scan.scan(bytes);
    if (found == HeadScan::Found::kBareLineFeed) return refuse({400, "a line ends without a CR"}), 0;
    if (found == HeadScan::Found::kFoldedLine) return refuse({400, "a header line is folded"}), 0;
    const size_t size = found == HeadScan::Found::kEnd ? scan.end() : bytes.size();
    if (size > limits.header_bytes_max) return refuse({431, "the header is too large"}), 0;
    if (found == HeadScan::Found::kMore) return 0;
    parse_head(bytes.substr(0, size));
    return size;
  }

  void parse_head(std::string_view head) {
    ErrorCode error;
    parser->put(boost::asio::buffer(head.data(), head.size()), error);
    if (error) return refuse(refusal_of(error));
    if (const auto why = parser->head_refusal()) return refuse(*why);
    in_body = true;
    continue_due = parser->expects_continue();
    keep_alive = parser->keep_alive();
    head_only = request.method == "HEAD";
    if (parser->streamed() || limits.heads_first)
      state = State::kHead;
    else
      finish_if_done();
  }

  size_t read_body(std::string_view bytes) {
    ErrorCode error;
    const size_t used = parser->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != beast::http::error::need_more) return refuse(refusal_of(error)), used;
    // Only the line before a chunk, or the fields after the last one, can stay unused.
    if (bytes.size() - used > limits.header_bytes_max) refuse({400, "a chunk's header is too large"});
    finish_if_done();
    return used;
  }

  void finish_if_done() {
    if (state != State::kRefused && parser->is_done()) state = State::kDone;
  }

  const ReadLimits limits;
  ServerRequest request;
  std::optional<Parser> parser;
  HeadScan scan;
  State state = State::kMore;
  Refusal refusal{400, ""};
  bool in_body = false, continue_due = false;
  bool keep_alive = false, head_only = false;
};

RequestReader::RequestReader(ReadLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;

size_t RequestReader::read(std::string_view bytes) {
  size_t used = 0;
  if (!impl_->in_body) used = impl_->read_blank_line_and_head(bytes);
  const bool body_here = impl_->in_body && impl_->state == State::kMore && used < bytes.size();
  if (body_here) used += impl_->read_body(bytes.substr(used));
  return used;
}

RequestReader::State RequestReader::state() const { return impl_->state; }
Refusal RequestReader::refusal() const { return impl_->refusal; }
bool RequestReader::begun() const { return impl_->in_body; }
bool RequestReader::take_continue() {
  return impl_->state == State::kMore && std::exchange(impl_->continue_due, false);
}
bool RequestReader::keep_alive() const { return impl_->keep_alive; }
bool RequestReader::head_only() const { return impl_->head_only; }

ServerRequest& RequestReader::head() { return impl_->request; }
bool RequestReader::streamed() const { return impl_->parser->streamed(); }
size_t RequestReader::body_bytes() const { return impl_->request.body.size(); }

void RequestReader::take_body(uint64_t bytes_max) {
  if (length().value_or(0) > bytes_max) return impl_->refuse(refusal_of(beast::http::error::body_limit));
  impl_->parser->hold(bytes_max);
  impl_->state = State::kMore;
  impl_->finish_if_done();  // it may have no body
}

ServerRequest RequestReader::take_head() {
  ServerRequest head = std::exchange(impl_->request, {});
  impl_->state = State::kMore;
  impl_->finish_if_done();  // it may have no body
  return head;
}

std::string RequestReader::take_piece() { return std::exchange(impl_->request.body, {}); }

std::optional<uint64_t> RequestReader::length() const {
  const auto length = impl_->parser->content_length();
  return length ? std::optional<uint64_t>(*length) : std::nullopt;
}

ServerRequest RequestReader::take() {
  ServerRequest request = std::move(impl_->request);
  impl_->start();
  return request;
}

}  // namespace pinrelay::http
