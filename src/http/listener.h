// The listening socket: TCP or unix. Opening it is where most of what can go wrong at a start goes wrong, so
// each failure says what to do.
#pragma once

#include "http/asio.h"
#include "http/server.h"

namespace pinrelay::http {

// Binds to options.unix_socket, or to options.address and port, and listens.
Result<Acceptor> open_listener(asio::io_context& context, const ServerOptions& options);
// The TCP port it got; 0 for a unix socket.
uint16_t port_of(const Acceptor& acceptor);

}  // namespace pinrelay::http
