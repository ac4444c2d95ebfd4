import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.huaweicloud.sdk.iot.device.IoTDevice;
import com.huaweicloud.sdk.iot.device.bootstrap.BootstrapClient;
import com.huaweicloud.sdk.iot.device.bootstrap.PlatformCaProvider;
import com.huaweicloud.sdk.iot.device.client.ClientConf;
import com.huaweicloud.sdk.iot.device.client.requests.DeviceMessage;
import com.huaweicloud.sdk.iot.device.transport.ActionListener;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** A device on Huawei's iot-device-sdk-java. Its first order says what to use. */
public class HuaweiDevice {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static synchronized void tell(String event, String fact, Object value) {
    // The test knows a line of its own by how it begins.
    ObjectNode line = JSON.createObjectNode().put("event", event);
    System.out.println(line.putPOJO(fact, value));
  }

  private static ActionListener telling(String event) {
    return new ActionListener() {
      public void onSuccess(Object context) {
        tell(event, "address", String.valueOf(context));
      }

      public void onFailure(Object context, Throwable error) {
        tell(event, "error", String.valueOf(error));
      }
    };
  }

  private static IoTDevice connect(JsonNode given, File root) {
    ClientConf conf = new ClientConf();
    conf.setServerUri(given.get("uri").asText());
    conf.setDeviceId(given.get("deviceId").asText());
    conf.setSecret(given.get("secret").asText());
    conf.setCheckStamp(given.path("check").asInt(1));
    if (root != null) conf.setFile(root);
    IoTDevice device = new IoTDevice(conf);
    // It blocks until CONNACK, and tries again by itself where there is none.
    Thread connecting = new Thread(() -> tell("connected", "code", device.getClient().connect()));
    connecting.setDaemon(true);
    connecting.start();
    return device;
  }

  private static void bootstrap(JsonNode given, File root) {
    BootstrapClient client =
        new BootstrapClient(
            given.get("bootstrapUri").asText(),
            given.get("deviceId").asText(),
            given.get("secret").asText(),
            new PlatformCaProvider() {
              public File getIotCaFile() {
                return root;
              }

              public File getBootstrapCaFile() {
                return root;
              }
            });
    client.bootstrap(telling("bootstrapped"));
  }

  public static void main(String[] words) throws Exception {
    // SM3, which the SDK brings and leaves to its user to take in.
    Security.addProvider(new BouncyCastleProvider());
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    JsonNode given = JSON.readTree(orders.readLine());
    File root = given.has("root") ? new File(given.get("root").asText()) : null;
    IoTDevice device = null;
    if (given.has("bootstrapUri")) bootstrap(given, root);
    else device = connect(given, root);
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String text = JSON.readTree(line).get("message").asText();
      device.getClient().reportDeviceMessage(new DeviceMessage(text), telling("published"));
    }
    if (device != null) device.getClient().close();
    System.exit(0);
  }
}
