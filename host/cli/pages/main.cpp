// berth-pages DIRECTORY: writes the man pages and the completion scripts that are installed. Part
// of the build; not installed itself.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/version.hpp"
#include "cli/commands/commands.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/man_page.hpp"

namespace {

bool write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: berth-pages DIRECTORY\n";
    return 2;
  }
  using berth::cli::completion_script;
  const std::filesystem::path directory = argv[1];
  bool written = true;
  for (const auto& page :
       berth::cli::man_pages(berth::cli::root_command(), std::string(berth::base::version())))
    written = write_file(directory / "man/man1" / page.name, page.text) && written;
  for (const auto& [shell, name] : {std::pair("bash", "bash-completion/completions/berth"),
                                    std::pair("zsh", "zsh/site-functions/_berth"),
                                    std::pair("fish", "fish/vendor_completions.d/berth.fish")})
    written = write_file(directory / name, completion_script(shell)) && written;
  if (!written) std::cerr << "berth-pages: cannot write to " << directory << '\n';
  return written ? 0 : 1;
}
