#include "http/response_writer.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>

namespace pinrelay::http {
namespace {

void append_number(std::string& out, size_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c;
  }
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  append_clean(out, name);
  out += ": ";
  append_clean(out, value);
  out += "\r\n";
}

}  // namespace

bool has_body(const ServerResponse& response) { return response.status != 204 && response.status != 304; }

void append_response_head(std::string& out, const ServerResponse& response, ResponseFrame frame) {
  CHECK(response.status >= 200 && response.status <= 999);
  const auto status = static_cast<unsigned>(response.status);
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out.append(reason.data(), reason.size());
  out += "\r\n";
  out += frame.common_lines;
  if (has_body(response)) {
    if (!response.content_type.empty()) append_line(out, "Content-Type", response.content_type);
    if (!response.stream) {
      out += "Content-Length: ";
      append_number(out, response.body.size());
      out += "\r\n";
    }
  }
  if (!frame.keep_alive) out += "Connection: close\r\n";
  for (const Header& header : response.headers) append_line(out, header.name, header.value);
  out += "\r\n";
}

std::string common_lines(std::string_view server_name, Time now) {
  using namespace std::chrono;
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(now);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(now - day)};
  std::string out;
  append_line(out, "Server", server_name);
  out += fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n", kDays[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
  return out;
}

}  // namespace pinrelay::http
