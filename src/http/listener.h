// The listening socket: TCP or unix. Opening it is where most of what can go wrong at a start goes wrong, so
// each failure says what to do.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "http/server.h"

namespace pinrelay::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol,
                                                    boost::asio::io_context::executor_type>;

// Binds to options.unix_socket, or to options.address and port, and listens.
Result<Acceptor> open_listener(boost::asio::io_context& context, const ServerOptions& options);
// The TCP port it got; 0 for a unix socket.
uint16_t port_of(const Acceptor& acceptor);

}  // namespace pinrelay::http
