# berth_add_flavor(NAME SOURCES …): the plugin NAME.so, which exports its descriptor and nothing else.
function(berth_add_flavor name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "berth_add_flavor(NAME SOURCES file…)")
  endif()
  set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/berth_flavor.map")
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE berth::sdk)
  target_link_options(${name} PRIVATE "-Wl,--version-script=${map}" -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                           LINK_DEPENDS "${map}")
endfunction()
