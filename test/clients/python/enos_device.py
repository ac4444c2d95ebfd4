"""A device on enos-mqtt-sdk-python. Its first order says what to use."""

import time

from enos.core.internal.Profile import Profile
from enos.core.login.DynamicActivationLogin import DynamicActivationLogin
from enos.core.login.MessageIntegrationLogin import MessageIntegrationLogin
from enos.core.login.NormalDeviceLogin import NormalDeviceLogin
from enos.core.message.IConnectCallback import IConnectCallback
from enos.core.MqttClient import MqttClient
from enos.message.upstream.tsl.MeasurepointPostRequest import MeasurepointPostRequest
from told import orders, tell


class Heard(IConnectCallback):
    def on_connect(self):
        tell("connected")

    def on_disconnect(self):
        tell("disconnected")

    def on_connect_failed(self):
        tell("failed")


def login(given):
    scheme = "ssl" if given.get("root") else "tcp"
    url = "{}://{}:{}".format(scheme, given["host"], given["port"])
    product_key, device_key = given["productKey"], given.get("deviceKey")
    if "deviceSecret" in given:
        return NormalDeviceLogin(url, product_key, device_key, given["deviceSecret"])
    if device_key is None:
        return MessageIntegrationLogin(url, product_key, given["productSecret"])
    return DynamicActivationLogin(url, product_key, given["productSecret"], device_key)


def create(given):
    client = MqttClient(profile=Profile.create_instance(login(given)))
    if given.get("root"):
        # No certificate of its own: the root alone.
        client.get_profile().set_ssl_context(given["root"], None, None)
    client.on_device_dynamic_active = lambda secret: tell("secret", value=secret)
    # To stderr; the SDK tells a refusal in its log alone.
    client.setup_basic_logger("INFO")
    return client


wanted = orders()
client = create(next(wanted))
# Without a callback the SDK waits 10 s where CONNACK is there before it has begun to wait.
client.connect(Heard())
for order in wanted:
    request = (
        MeasurepointPostRequest.builder()
        .add_measurepoint(order["point"], order["value"])
        .set_timestamp(int(time.time() * 1000))
        .build()
    )
    client.fast_publish(request)
    tell("published")
client.close()
