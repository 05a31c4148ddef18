// Rows of this machine: files, programs and registries.json.
#pragma once

#include "base/error_code_row.hpp"

namespace berth::base::error_code_rows {

inline constexpr auto kSystemCodes = std::to_array<Row>({
    {"file.io", disk | trust, "A file could not be opened, read or written.",
     "check permissions, free space and the disk"},
    {"file.missing", not_found | trust, "A file does not exist, or was deleted meanwhile.",
     "check the path"},
    {"file.no-writer", stall, "No program wrote to the named pipe in time.",
     "start the program that writes to the pipe"},
    {"file.outside", disk, "A symbolic link leads out of the directory that contains it.",
     "replace the link by a file or directory"},
    {"file.special", disk, "The path is a directory or device, and a regular file is required.",
     "pass a regular file"},
    {"file.too-large", validation, "The file exceeds the limit for its kind.",
     "check that it is the file that was meant"},
    {"json.invalid", validation, "A JSON document is malformed.",
     "correct the file that the error names, at the position in the cause"},
    {"lock.timeout", stall, "Another process kept a file locked for too long.",
     "wait for the other berth to finish, or end it"},
    {"program.deadline", stall, "A program that berth started did not finish in time.",
     "run the program in a terminal: it may wait for input"},
    {"program.missing", not_found, "A program that berth starts is not installed.",
     "install it, or add its directory to PATH"},
    {"program.output", validation, "A program that berth started printed more than it may.",
     "run the program in a terminal to see its output"},
    {"program.start", disk, "A program that berth starts could not be executed.",
     "check its permissions and the limits of processes"},
    {"store.broken", disk, "registries.json is malformed.", "fix or remove the file"},
    {"store.entry", disk, "An entry of registries.json is malformed; the others are in use.",
     "berth registry delete NAME, then register it again"},
    {"store.foreign-owner", disk, "Another user owns registries.json or its directory.",
     "use a file of this user or of root: --config-dir DIR"},
    {"store.newer", disk, "A newer version of berth wrote registries.json.",
     "upgrade berth, or pass another --config-dir"},
    {"store.symlink", disk, "registries.json is a symbolic link, which a change would replace.",
     "move the file itself there, or pass another --config-dir"},
    {"store.too-large", disk, "registries.json exceeds its size limit.",
     "delete container registries that are not needed, or shorten settings and labels"},
    {"store.writable-by-others", disk, "Other users can write registries.json or its directory.",
     "chmod go-w PATH"},
});

}  // namespace berth::base::error_code_rows
