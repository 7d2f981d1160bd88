package millrace.nexmark;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.table.data.RowData;

/**
 * Emits the events of the run. Each reader has one split, its own index; what it reads follows from the parallelism, so nothing is
 * assigned and, as jobs run without checkpoints, nothing is kept.
 */
final class EventSource implements Source<RowData, EventSource.NoSplit, Integer> {
  private static final long serialVersionUID = 1;

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SplitEnumerator<NoSplit, Integer> createEnumerator(SplitEnumeratorContext<NoSplit> context) {
    return new Enumerator();
  }

  @Override
  public SplitEnumerator<NoSplit, Integer> restoreEnumerator(
      SplitEnumeratorContext<NoSplit> context, Integer checkpoint) {
    return new Enumerator();
  }

  @Override
  public SourceReader<RowData, NoSplit> createReader(SourceReaderContext context) {
    return new Reader(context.getIndexOfSubtask(), context.currentParallelism());
  }

  @Override
  public SimpleVersionedSerializer<NoSplit> getSplitSerializer() {
    return new Nothing<>();
  }

  @Override
  public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
    return new Nothing<>();
  }

  /** There is none. */
  static final class NoSplit implements SourceSplit {
    @Override
    public String splitId() {
      return "none";
    }
  }

  private static final class Enumerator implements SplitEnumerator<NoSplit, Integer> {
    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtask, String host) {}

    @Override
    public void addSplitsBack(List<NoSplit> splits, int subtask) {}

    @Override
    public void addReader(int subtask) {}

    @Override
    public Integer snapshotState(long checkpoint) {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static final class Reader implements SourceReader<RowData, NoSplit> {
    private final Events.Maker maker = Run.events.maker();
    private final long count = Run.events.count;
    private final long stride;
    private long next;
    private long rangeEnd;

    Reader(int subtask, int parallelism) {
      this.stride = (long) Events.RANGE_EVENTS * (parallelism - 1);
      this.next = (long) Events.RANGE_EVENTS * subtask;
      this.rangeEnd = next + Events.RANGE_EVENTS;
    }

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<RowData> output) {
      Run.started();
      while (next < count) {
        RowData row = maker.row(next);
        if (++next == rangeEnd) {
          next += stride;
          rangeEnd = next + Events.RANGE_EVENTS;
        }
        if (row == null) continue;
        output.collect(row);
        return InputStatus.MORE_AVAILABLE;
      }
      return InputStatus.END_OF_INPUT;
    }

    @Override
    public List<NoSplit> snapshotState(long checkpoint) {
      return Collections.emptyList();
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void addSplits(List<NoSplit> splits) {}

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }

  private static final class Nothing<T> implements SimpleVersionedSerializer<T> {
    @Override
    public int getVersion() {
      return 0;
    }

    @Override
    public byte[] serialize(T value) {
      return new byte[0];
    }

    @Override
    public T deserialize(int version, byte[] bytes) {
      return null;
    }
  }
}
