# Run by the build: cmake -DDIST=ui/dist -DOUT=FOLDER -P embed_interface.cmake
# Writes OUT/interface.s, the table behind embedded_interface(): the files of DIST, each as it is and by gzip.
# Without DIST the table is empty.
file(MAKE_DIRECTORY ${OUT})
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_txt "text/plain; charset=utf-8")
set(type_json application/json)
set(type_webmanifest application/manifest+json)
set(type_svg image/svg+xml)
set(type_png image/png)
set(type_ico image/x-icon)
set(type_woff2 font/woff2)

set(files)
if(EXISTS ${DIST}/index.html)
  file(GLOB_RECURSE files RELATIVE ${DIST} ${DIST}/*)
  list(SORT files)
endif()

set(texts "")
set(rows "")
set(number 0)
foreach(file IN LISTS files)
  string(REGEX MATCH "[^.]*$" ending "${file}")
  set(type "${type_${ending}}")
  if(type STREQUAL "" OR NOT file MATCHES "^[A-Za-z0-9_./-]+$")
    message(FATAL_ERROR "${DIST}/${file}: no content type for this name; add its ending to embed_interface.cmake")
  endif()
  file(SHA256 ${DIST}/${file} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  execute_process(COMMAND gzip -9 -n -c INPUT_FILE ${DIST}/${file} OUTPUT_FILE ${OUT}/${number}.gz
    COMMAND_ERROR_IS_FATAL ANY)
  string(APPEND texts "path${number}: .asciz \"/${file}\"\ntype${number}: .asciz \"${type}\"\n"
    "hash${number}: .asciz \"${hash}\"\nfile${number}: .incbin \"${DIST}/${file}\"\nfile${number}_end:\n"
    "gzip${number}: .incbin \"${OUT}/${number}.gz\"\ngzip${number}_end:\n")
  string(APPEND rows "  .dc.a path${number}, type${number}, hash${number}\n"
    "  .dc.a file${number}, file${number}_end - file${number}, gzip${number}, gzip${number}_end - gzip${number}\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUT}/interface.s
  "  .section .rodata\n${texts}"
  "  .section .data.rel.ro,\"aw\"\n  .balign 16\n  .global pinrelay_interface_files\npinrelay_interface_files:\n${rows}"
  "  .global pinrelay_interface_count\npinrelay_interface_count:\n  .dc.a ${number}\n"
  "  .section .note.GNU-stack,\"\",%progbits\n")
