// What this machine can do at most: a server that checks nothing and logs nothing.
import { createServer } from 'node:http';
import { createGroup, findGroups, listGroups, toISO } from './groups.js';

const operations = {
  Groups: async ({ first }) => ({ badgeGroups: (await listGroups(first)).map(answerGroup) }),
  Create: async ({ input }) => ({ createBadgeGroup: answerGroup(await createGroup(input)) }),
  Entities: async ({ representations }) => {
    const groups = await findGroups(representations.map(({ id }) => id));
    return { _entities: groups.map((group) => group && answerGroup(group)) };
  },
  TypeName: async () => ({ __typename: 'Query' }),
};

function answerGroup(group) {
  return {
    id: group.id,
    orgId: group.orgId,
    name: group.name,
    rank: group.rank,
    createdBy: group.createdBy,
    createdOn: group.createdOn,
    createdOnISO: toISO(group.createdOn),
    lastUpdatedBy: group.lastUpdatedBy,
    lastUpdatedOn: group.lastUpdatedOn,
    lastUpdatedOnISO: toISO(group.lastUpdatedOn),
    isActive: group.isActive,
  };
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { operationName, variables } = JSON.parse(Buffer.concat(chunks));
    const body = Buffer.from(JSON.stringify({ data: await operations[operationName](variables) }));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
}).listen(process.env.PORT, '127.0.0.1');
