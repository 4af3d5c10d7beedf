from __future__ import annotations

import pytest

from ucaudit.sandbox.log import start_failure

INFO = "[2026-11-23T15:16:46,381][INFO ][o.e.n.NativeAccess       ] [sandbox] Using native code\n"
ENDED = (
    "\nERROR: Elasticsearch did not exit normally - check the logs at /x/elasticsearch.log\n"
    "[2026-11-23T15:16:58,100][WARN ][o.e.c.InternalClusterInfoService] [n] failed to retrieve "
    "node stats org.elasticsearch.node.NodeClosedException: node closed {n}\n"
    "\nERROR: Elasticsearch died while starting up, with exit code 1\n"
)
# All of these were written by Elasticsearch 9.1.10 or its launcher; the traces are shortened.
PORT = """\
[2026-11-23T15:16:58,078][ERROR][o.e.b.Elasticsearch      ] [n] fatal exception while booting \
Elasticsearch org.elasticsearch.http.BindHttpException: Failed to bind to 127.0.0.1:19200
\tat org.elasticsearch.server@9.1.10/org.elasticsearch.http.AbstractHttpServerTransport.bindAddress
Caused by: java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind0(Native Method)
\tSuppressed: java.lang.RuntimeException: Rethrowing promise failure cause
"""
SETTING = """\
[2026-11-23T15:16:50,033][ERROR][o.e.b.Elasticsearch      ] [n] fatal exception while booting \
Elasticsearch java.lang.IllegalArgumentException: unknown setting [foo.bar] please check that any \
required plugins are installed
\tat org.elasticsearch.server@9.1.10/org.elasticsearch.common.settings.AbstractScopedSettings
"""
HEAP = """\
java.lang.RuntimeException: starting java failed with [1]
output:
Error occurred during initialization of VM
Could not reserve enough space for 104856551424KB object heap
error:

\tat org.elasticsearch.server.cli.JvmOption.flagsFinal(JvmOption.java:125)
"""
OPTION = """\
java.lang.RuntimeException: starting java failed with [1]
output:

error:
Unrecognized VM option 'NoSuch'
Error: Could not create the Java Virtual Machine.
Error: A fatal exception has occurred. Program will exit.
\tat org.elasticsearch.server.cli.JvmOption.flagsFinal(JvmOption.java:125)
"""
PERMISSION = """\
java.nio.file.AccessDeniedException: /srv/data
\tat java.base/sun.nio.fs.UnixException.translateToIOException(Unknown Source)
"""
JAVA = "The minimum required Java version is 21; your Java version 17 does not meet it.\n"
SUPERVISOR = """\
Traceback (most recent call last):
  File "subprocess.py", line 1, in <module>
PermissionError: [Errno 13] Permission denied: '/opt/bin/elasticsearch'
"""


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (INFO + PORT + ENDED, "Failed to bind to 127.0.0.1:19200: Address already in use"),
        (
            INFO + SETTING + ENDED,
            "unknown setting [foo.bar] please check that any required plugins are installed",
        ),
        (
            HEAP,
            "Java does not start: Could not reserve enough space for 104856551424KB object heap",
        ),
        (OPTION, "Java does not start: Unrecognized VM option 'NoSuch'"),
        (PERMISSION, "AccessDeniedException: /srv/data"),
        (JAVA, JAVA.strip()),
        (SUPERVISOR, "PermissionError: [Errno 13] Permission denied: '/opt/bin/elasticsearch'"),
    ],
    ids=["port", "setting", "heap", "option", "permission", "java", "supervisor"],
)
def test_the_reason_of_a_failed_start(log: str, reason: str) -> None:
    assert start_failure(log) == reason


@pytest.mark.parametrize("log", ["", INFO, INFO * 3])
def test_a_log_without_a_reason(log: str) -> None:
    assert start_failure(log) is None
