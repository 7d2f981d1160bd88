package millrace.nexmark;

import org.apache.flink.table.functions.ScalarFunction;

/** {@code count_char(text, 'c')}: how many times a text has a character. */
public final class CountChar extends ScalarFunction {
  private static final long serialVersionUID = 1;

  public long eval(String text, String character) {
    long count = 0;
    char wanted = character.charAt(0);
    for (int i = 0; i < text.length(); i++) if (text.charAt(i) == wanted) count++;
    return count;
  }
}
