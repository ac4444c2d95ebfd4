import kafkajs, { type PartitionAssigner } from 'kafkajs';

const NAME = 'tallystick-co-partitions';
const VERSION = 1;

/**
 * Which partition numbers each member gets: ranges of equal size (give or take one), by the order
 * of member ids.
 */
export function coPartitions(
  memberIds: readonly string[],
  partitions: number,
): ReadonlyMap<string, readonly number[]> {
  const members = memberIds.toSorted();
  return new Map(
    members.map((member, at) => {
      const from = Math.ceil((at * partitions) / members.length);
      const to = Math.ceil(((at + 1) * partitions) / members.length);
      return [member, Array.from({ length: to - from }, (_, step) => from + step)];
    }),
  );
}

/** A member gets the same partition numbers of every topic. */
export const coPartitionAssigner: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  async assign({ members, topics }) {
    const counts = new Map(
      topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]),
    );
    const shares = coPartitions(
      members.map(({ memberId }) => memberId),
      Math.max(0, ...counts.values()),
    );
    return [...shares].map(([memberId, numbers]) => ({
      memberId,
      memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
        version: VERSION,
        assignment: Object.fromEntries(
          [...counts].map(([topic, count]) => [topic, numbers.filter((each) => each < count)]),
        ),
        userData: Buffer.alloc(0),
      }),
    }));
  },
  protocol: ({ topics }) => ({
    name: NAME,
    metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
      version: VERSION,
      topics,
      userData: Buffer.alloc(0),
    }),
  }),
});
