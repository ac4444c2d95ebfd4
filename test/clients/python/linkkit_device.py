"""A device on aliyun-iot-linkkit. Its first order says what to use."""

from linkkit.linkkit import LinkKit
from told import orders, tell


def create(given):
    kit = LinkKit(
        host_name="cn-shanghai",
        product_key=given["productKey"],
        device_name=given["deviceName"],
        device_secret=given.get("deviceSecret", ""),
        product_secret=given.get("productSecret"),
        auth_type=given.get("authType"),
        client_id=given.get("clientId"),
        username=given.get("username"),
        password=given.get("password"),
    )
    root = given.get("root")
    kit.config_mqtt(
        endpoint=given["host"],
        port=given["port"],
        secure="TLS" if root else "",
        cadata=open(root, encoding="ascii").read() if root else None,
    )
    return kit


def hear(kit):
    kit.on_connect = lambda session, code, data: tell("connected", code=int(code))
    kit.on_disconnect = lambda code, data: tell("disconnected", code=int(code))
    kit.on_publish_topic = lambda mid, data: tell("published", mid=mid)
    kit.on_subscribe_topic = lambda mid, granted, data: tell("subscribed", granted=list(granted))
    kit.on_topic_message = lambda topic, payload, qos, data: tell(
        "message", topic=topic, payload=payload.decode("utf-8")
    )
    kit.on_thing_prop_post = lambda id, code, data, message, user: tell("reply", code=code)
    kit.on_device_dynamic_register = lambda code, value, data: tell(
        "registered", code=code, value=value
    )
    kit.on_device_dynamic_register_nwl_reply = lambda code, client_id, username, password: tell(
        "registered", code=code, clientId=client_id, username=username, password=password
    )


wanted = orders()
kit = create(next(wanted))
hear(kit)
kit.connect_async()
for order in wanted:
    if "subscribe" in order:
        kit.subscribe_topic(order["subscribe"])
    else:
        kit.publish_topic(order["topic"], order["payload"])
kit.disconnect()
kit.destruct()
