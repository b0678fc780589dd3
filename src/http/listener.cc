#include "http/listener.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace pinrelay::http {
namespace {

Error listen_error(const ErrorCode& error, const std::string& where) {
  if (error == asio::error::address_in_use)
    return Error{ErrorKind::kConflict, "address_in_use", "another process listens here", where,
                 "stop it, or choose another address"};
  if (error == asio::error::access_denied)
    return Error{ErrorKind::kInvalid, "address_denied", "we may not listen here", where,
                 "choose a port above 1023 or a folder we may write to"};
  return Error{ErrorKind::kUnavailable, "listen_failed", error.message(), where, "check the address"};
}

// A socket file left by a process that was killed is in the way of the next one; one that answers is not
// ours.
Result<void> remove_dead_socket(asio::io_context& context, const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode))
    return Error{ErrorKind::kConflict, "not_a_socket", "a file that is no socket is in the way", path,
                 "move it away or choose another path"};
  ErrorCode error;
  asio::local::stream_protocol::socket probe(context);
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (!error) return listen_error(asio::error::address_in_use, path);
  unlink(path.c_str());
  return {};
}

Result<Acceptor> listen_on(asio::io_context& context, const Protocol::endpoint& endpoint,
                           const std::string& where, const std::string& private_path) {
  ErrorCode error;
  Acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error && private_path.empty()) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  // Nobody can connect before listen(), so the mode is right from the first moment on.
  if (!error && !private_path.empty() && chmod(private_path.c_str(), S_IRUSR | S_IWUSR) != 0)
    error.assign(errno, boost::system::system_category());
  if (!error) acceptor.listen(Acceptor::max_listen_connections, error);
  if (error) return listen_error(error, where);
  return acceptor;
}

Result<Acceptor> open_unix(asio::io_context& context, const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return Error{ErrorKind::kInvalid, "path_too_long", "the path of a unix socket is at most 107 bytes long",
                 path, "choose a shorter one"};
  TRY(remove_dead_socket(context, path));
  return listen_on(context, asio::local::stream_protocol::endpoint(path), path, path);
}

Result<Acceptor> open_tcp(asio::io_context& context, const std::string& address, uint16_t port) {
  const std::string where = fmt::format("{}:{}", address, port);
  ErrorCode error;
  const auto ip = asio::ip::make_address(address, error);
  if (error)
    return Error{ErrorKind::kInvalid, "bad_address", "not an IP address", where,
                 "write 127.0.0.1 for this machine alone, or 0.0.0.0 for all addresses"};
  return listen_on(context, asio::ip::tcp::endpoint(ip, port), where, "");
}

}  // namespace

Result<Acceptor> open_listener(asio::io_context& context, const ServerOptions& options) {
  return options.unix_socket.empty() ? open_tcp(context, options.address, options.port)
                                     : open_unix(context, options.unix_socket);
}

uint16_t port_of(const Acceptor& acceptor) {
  ErrorCode error;
  const auto endpoint = acceptor.local_endpoint(error);
  const auto* address = reinterpret_cast<const sockaddr*>(endpoint.data());
  if (error) return 0;
  if (address->sa_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  if (address->sa_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
  return 0;
}

}  // namespace pinrelay::http
