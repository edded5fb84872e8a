import java.io.File;
import java.net.URL;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.w3c.dom.bootstrap.DOMImplementationRegistry;
import org.w3c.dom.ls.DOMImplementationLS;
import org.w3c.dom.ls.LSInput;
import org.xml.sax.SAXException;

/** Judges files by the ebXML RegRep 3.0 schemas: one line each, `valid <name>` or `invalid <name> <reason>`. */
public final class Judge {
  private static final String[] FOLDERS = {"/wsdl/schema/ebRS30/", "/wsdl/schema/IHE/", "/wsdl/schema/"};

  public static void main(String[] files) throws Exception {
    DOMImplementationLS dom =
        (DOMImplementationLS) DOMImplementationRegistry.newInstance().getDOMImplementation("LS");
    SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
    // The schemas name each other by relative paths, which nothing resolves inside a jar; nothing else is fetched.
    factory.setResourceResolver((type, namespace, publicId, systemId, base) -> {
      LSInput input = dom.createLSInput();
      String name = new File(systemId).getName();
      URL url = resource(name);
      try {
        input.setByteStream(url.openStream());
      } catch (java.io.IOException error) {
        throw new IllegalStateException(error);
      }
      input.setSystemId(url.toString());
      return input;
    });
    Schema schema = factory.newSchema(resource("lcm.xsd"));
    for (String file : files) {
      try {
        schema.newValidator().validate(new StreamSource(new File(file)));
        System.out.println("valid " + new File(file).getName());
      } catch (SAXException error) {
        System.out.println("invalid " + new File(file).getName() + " " + error.getMessage());
      }
    }
  }

  private static URL resource(String name) {
    for (String folder : FOLDERS) {
      URL url = Judge.class.getResource(folder + name);
      if (url != null) return url;
    }
    throw new IllegalStateException("no schema " + name);
  }
}
