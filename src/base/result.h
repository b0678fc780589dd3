// Result<T>: a value or an Error. The error kinds are recovery strategies, not places: a caller decides by
// kind what to do next and shows the rest to a person.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace pinrelay {

enum class ErrorKind {
  kInvalid,      // the input is wrong; the same input fails again
  kNotFound,     // what was named does not exist
  kConflict,     // somebody else holds it, or its state forbids the request
  kAuth,         // credentials are missing, wrong or insufficient
  kThrottled,    // a bound says "later"
  kUnavailable,  // the outside is not there now (network, full disk); trying again can help
  kCorrupt,      // stored data does not make sense
  kCancelled,    // we were asked to stop
  kInternal,     // a bug of ours
};

// What happened, where (file:line, job, field), and what to do about it. `code` is stable and documented.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;
  std::string message;
  std::string where;
  std::string fix;

  // "where: message. fix" on one line, for terminals and logs.
  std::string text() const;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : data_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : data_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return data_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(data_); }
  const T& value() const& { return std::get<0>(data_); }
  T&& value() && { return std::get<0>(std::move(data_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& { return std::get<1>(data_); }
  Error&& error() && { return std::get<1>(std::move(data_)); }

 private:
  std::variant<T, Error> data_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const {}
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

// Evaluates to the value of a Result, or returns its error from the enclosing function. Each use names its
// local differently, so that uses can be nested.
#define TRY(expr) TRY_NAMED_(TRY_JOIN_(try_result_, __COUNTER__), expr)
#define TRY_JOIN_(a, b) TRY_JOIN_AGAIN_(a, b)
#define TRY_JOIN_AGAIN_(a, b) a##b
#define TRY_NAMED_(name, expr)                      \
  __extension__({                                   \
    auto name = (expr);                             \
    if (!name.ok()) return std::move(name).error(); \
    std::move(name).value();                        \
  })

// For our own bugs, never for input; stays on in release, because a crash is cheaper than a lie.
#define CHECK(cond)                                                                 \
  do {                                                                              \
    if (!(cond)) {                                                                  \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #cond); \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)

}  // namespace pinrelay
