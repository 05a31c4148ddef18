#include "oci/digest.hpp"

#include <doctest/doctest.h>

#include "oci/hasher.hpp"

using berth::oci::Algorithm;
using berth::oci::Digest;
using berth::oci::digest_of;
using berth::oci::Hasher;

TEST_CASE("digest: accepts only sha256 and sha512 in lower-case hex") {
  const std::string hex(64, 'a');
  CHECK(Digest::parse("sha256:" + hex).value().hex() == hex);
  CHECK(Digest::parse("sha512:" + hex + hex).value().algorithm() == Algorithm::sha512);
  for (const std::string& bad :
       {std::string(), hex, "sha256:" + hex + "a", "sha256:" + hex.substr(1), "sha512:" + hex,
        "sha256:" + std::string(64, 'A'), "sha256:" + std::string(64, 'g'), "SHA256:" + hex,
        "sha256:" + hex.substr(1) + "\n"}) {
    CAPTURE(bad);
    const auto parsed = Digest::parse(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == "digest.invalid");
  }
  for (const std::string& other :
       {"md5:" + hex, "sha384:" + hex, "blake3:" + hex, "multihash:" + hex + "AZ_=-"}) {
    CAPTURE(other);
    CHECK(Digest::parse(other).error().code() == "digest.algorithm");
  }
}

TEST_CASE("digest: only digests of the same algorithm can differ") {
  const auto abc = digest_of("abc");
  const auto abc512 = digest_of("abc", Algorithm::sha512);
  CHECK_FALSE(abc.conflicts_with(abc));
  CHECK_FALSE(abc.conflicts_with(abc512));
  CHECK(abc.conflicts_with(digest_of("abd")));
  CHECK(abc512.conflicts_with(digest_of("abd", Algorithm::sha512)));
  CHECK(is_digest_of(abc, "abc"));
  CHECK(is_digest_of(abc512, "abc"));
  CHECK_FALSE(is_digest_of(abc512, "abd"));
}

TEST_CASE("hasher: computes the published digests of \"abc\" and of empty input") {
  CHECK(digest_of("abc").str() ==
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of("").str() ==
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest_of("abc", Algorithm::sha512)
            .str()
            .starts_with("sha512:ddaf35a193617abacc417349ae204131"));
  CHECK(digest_of("abc").brief() == "sha256:ba7816bf8f01…");
}

TEST_CASE("hasher: pieces hash like the whole input, and finish() resets") {
  Hasher hasher;
  hasher.update("a");
  hasher.update("bc");
  CHECK(hasher.finish() == digest_of("abc"));
  CHECK(hasher.finish() == digest_of(""));
}
