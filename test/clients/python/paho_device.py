"""Any MQTT client: paho-mqtt, over WebSocket or TCP. Its first order says what to use."""

import ssl

import paho.mqtt.client as mqtt
from told import orders, tell


def trust(given):
    """As strict as Python 3.13 and newer are by themselves."""
    context = ssl.create_default_context(cafile=given["root"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if "ciphers" in given:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(given["ciphers"])
    return context


def create(given):
    transport = given.get("transport", "websockets")
    client = mqtt.Client(client_id=given["clientId"], transport=transport)
    if transport == "websockets":
        client.ws_set_options(path="/mqtt")
    client.username_pw_set(given["username"], given["password"])
    if given.get("root"):
        client.tls_set_context(trust(given))
    client.on_connect = lambda client, data, flags, code: tell("connected", code=code)
    client.on_disconnect = lambda client, data, code: tell("disconnected", code=code)
    client.on_publish = lambda client, data, mid: tell("published", mid=mid)
    client.on_message = lambda client, data, message: tell(
        "message", topic=message.topic, payload=message.payload.decode("utf-8")
    )
    return client


wanted = orders()
given = next(wanted)
client = create(given)
client.connect(given["host"], given["port"], keepalive=60)
client.loop_start()
for order in wanted:
    client.publish(order["topic"], order["payload"], qos=1)
client.disconnect()
client.loop_stop()
