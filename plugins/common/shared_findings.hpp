// SharedFindings: the kinds of findings that several flavors report, with the flavor's prefix in
// the code: SharedFindings<kFlavor>::tag_same has the code "acme.tag-same" if kFlavor is "acme".
#pragma once

#include <array>
#include <string_view>

#include <berth/finding.hpp>

namespace berth::common {

// FindingCode: "FLAVOR.NAME" as a constant, terminated.
template <const auto& Flavor, const auto& Name>
struct FindingCode {
  static constexpr std::string_view kFlavor{Flavor};
  static constexpr std::string_view kName{Name};
  static constexpr auto join() {
    std::array<char, kFlavor.size() + kName.size() + 2> code{};
    std::size_t at = 0;
    for (const char c : kFlavor) code[at++] = c;
    code[at++] = '.';
    for (const char c : kName) code[at++] = c;
    return code;
  }
  static constexpr auto value = join();
};

template <const auto& Flavor>
struct SharedFindings {
 private:
  static constexpr char kTagSame[] = "tag-same";
  static constexpr char kTagImmutable[] = "tag-immutable";
  static constexpr char kTagConflict[] = "tag-taken";
  static constexpr char kRepositoryMade[] = "repository-made";

 public:
  static constexpr FindingKind tag_same{
      FindingCode<Flavor, kTagSame>::value.data(), info,
      "The tag already points to the same image: nothing has to be uploaded."};
  static constexpr FindingKind tag_immutable{
      FindingCode<Flavor, kTagImmutable>::value.data(), error,
      "The tag exists, it is immutable, and it points to another image."};
  static constexpr FindingKind tag_conflict{
      FindingCode<Flavor, kTagConflict>::value.data(), warning,
      "The tag exists and is immutable. Whether it points to the same image is known once the "
      "layers are compressed: "
      "only then does the push succeed."};
  static constexpr FindingKind repository_created{
      FindingCode<Flavor, kRepositoryMade>::value.data(), info,
      "The repository does not exist; this push creates it, because create_repository is set."};
};

}  // namespace berth::common
