package millrace.nexmark;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What sources and sinks of the running job share with the program; one job runs at a time. The clock runs from the first poll
 * of a source to the last flush of a sink, so that neither planning nor deployment counts.
 */
final class Run {
  static volatile Events events;
  private static final AtomicLong startNanos = new AtomicLong();
  private static long endNanos;
  private static long startCpuNanos;
  private static long endCpuNanos;
  private static RowHash result;

  private Run() {}

  static synchronized void reset(Events next) {
    events = next;
    startNanos.set(0);
    endNanos = 0;
    result = new RowHash();
  }

  /** A source begins to emit. */
  static void started() {
    if (startNanos.get() == 0 && startNanos.compareAndSet(0, System.nanoTime())) {
      startCpuNanos = cpuNanos();
    }
  }

  /** A sink has taken its last row. */
  static synchronized void finished(RowHash part) {
    result.merge(part);
    endNanos = System.nanoTime();
    endCpuNanos = cpuNanos();
  }

  static synchronized RowHash result() {
    return result;
  }

  static synchronized double seconds() {
    return (endNanos - startNanos.get()) / 1e9;
  }

  /** Of the whole process: operators, garbage collector and compiler. */
  static synchronized double cpuSeconds() {
    return (endCpuNanos - startCpuNanos) / 1e9;
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
