#include "store/seal.h"

#include <gtest/gtest.h>

namespace pinrelay::store {
namespace {

Bytes sealed(size_t size, uint64_t place) {
  Bytes blob;
  for (size_t i = 0; i < size; ++i) blob.push_back(static_cast<uint8_t>(i * 7));
  seal(blob, place);
  return blob;
}

TEST(Seal, comes_off_what_was_sealed) {
  for (size_t size = 0; size < 200; ++size) {
    const Bytes blob = sealed(size, 5);
    ByteView view = blob;
    EXPECT_TRUE(unseal(view, 5));
    EXPECT_EQ(view.size(), size);
    view = blob;
    EXPECT_FALSE(unseal(view, 6)) << "kept somewhere else";
  }
}

TEST(Seal, notices_every_flipped_bit_and_every_missing_byte) {
  for (const size_t size : {0, 1, 7, 8, 31, 32, 33, 100}) {
    Bytes blob = sealed(size, 5);
    for (size_t bit = 0; bit < blob.size() * 8; ++bit) {
      blob[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
      ByteView view = blob;
      EXPECT_FALSE(unseal(view, 5)) << "bit " << bit << " of " << size << " bytes";
      blob[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    }
    for (size_t left = 0; left < blob.size(); ++left) {
      ByteView view = ByteView(blob).first(left);
      EXPECT_FALSE(unseal(view, 5)) << left << " bytes left of " << size;
    }
  }
}

TEST(Seal, notices_zeros_where_bytes_were_and_zeros_that_are_missing) {
  for (const size_t size : {8, 100, 4'000}) {
    Bytes blob(size, 0);
    seal(blob, 5);
    blob.erase(blob.begin());
    ByteView view = blob;
    EXPECT_FALSE(unseal(view, 5));
    std::fill(blob.begin(), blob.end(), uint8_t{0});
    view = blob;
    EXPECT_FALSE(unseal(view, 5));
  }
}

}  // namespace
}  // namespace pinrelay::store
