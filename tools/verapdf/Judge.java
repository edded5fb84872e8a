import java.io.FileInputStream;
import java.nio.file.Path;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;

/** Judges each file as PDF/A-1b: one line a file, "valid" or "invalid" and the clauses that fail. */
public class Judge {
  public static void main(String[] files) throws Exception {
    java.util.logging.LogManager.getLogManager().reset();
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      String name = Path.of(file).getFileName().toString();
      try (var input = new FileInputStream(file);
          var parser = Foundries.defaultInstance().createParser(input, PDFAFlavour.PDFA_1_B);
          var validator = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_1_B, false)) {
        var result = validator.validate(parser);
        var failed = new java.util.TreeSet<String>();
        result.getTestAssertions().forEach(assertion -> failed.add(assertion.getRuleId().getClause()));
        System.out.println((result.isCompliant() ? "valid " : "invalid ") + name + " " + failed);
      }
    }
  }
}
